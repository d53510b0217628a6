#!/usr/bin/python3
"""The training step of PyTorch for a network that is given as ONNX: forward, mean of squares of the outputs, backward, SGD with momentum.

    torch_step.py MODEL.onnx BATCH THREADS STEPS

Prints the median and the 90th percentile of the steps' milliseconds. The network is computed node by node with torch's own functions, so it
is the same as the one that edgecnn trains. Needs python3-torch and python3-onnx.
"""
import statistics
import sys
import time

import onnx
import torch
import torch.nn.functional as F
from onnx import helper, numpy_helper


def symmetric(pads):
    half = len(pads) // 2
    assert pads[:half] == pads[half:], f"pads {pads} differ between the ends"
    return pads[:half]


def with_silu(nodes):
    """x * sigmoid(x) as one node: torch has a function of its own for it."""
    gate = {outputs[0]: inputs[0] for op, inputs, outputs, _ in nodes if op == "Sigmoid"}
    whole, folded = [], set()
    for op, inputs, outputs, attributes in nodes:
        gates = [name for name in inputs if op == "Mul" and gate.get(name) in inputs]
        if gates:
            folded.add(gates[0])
            op, inputs = "Silu", [gate[gates[0]]]
        whole.append((op, inputs, outputs, attributes))
    return [node for node in whole if node[2][0] not in folded]


class Network(torch.nn.Module):
    def __init__(self, path):
        super().__init__()
        graph = onnx.load(path).graph
        self.nodes = with_silu([(n.op_type, list(n.input), list(n.output), {a.name: helper.get_attribute_value(a) for a in n.attribute})
                                for n in graph.node])
        self.outputs = [o.name for o in graph.output]
        self.input = graph.input[0].name
        self.shape = [d.dim_value for d in graph.input[0].type.tensor_type.shape.dim]
        statistics_of = {name for op, inputs, _, _ in self.nodes if op == "BatchNormalization" for name in inputs[3:]}
        self.constants, self.learned = {}, torch.nn.ParameterDict()
        for initializer in graph.initializer:
            values = torch.from_numpy(numpy_helper.to_array(initializer).copy())
            key = initializer.name.replace(".", "_")
            if values.dtype == torch.float32 and initializer.name not in statistics_of and values.dim() > 0 and "scales" not in key:
                self.learned[key] = torch.nn.Parameter(values)
                self.constants[initializer.name] = self.learned[key]
            else:
                self.constants[initializer.name] = values

    def forward(self, image):
        values = dict(self.constants)
        values[self.input] = image
        for op, inputs, outputs, a in self.nodes:
            x = [values.get(name) for name in inputs]
            if op == "Conv":
                y = F.conv2d(x[0], x[1], x[2] if len(x) > 2 else None, a["strides"], symmetric(a["pads"]), a["dilations"], a["group"])
            elif op == "BatchNormalization":
                y = F.batch_norm(x[0], x[3], x[4], x[1], x[2], training=True, momentum=0.1, eps=a["epsilon"])
            elif op == "Relu":
                y = F.relu(x[0])
            elif op == "Silu":
                y = F.silu(x[0])
            elif op == "Tanh":
                y = torch.tanh(x[0])
            elif op == "Add":
                y = x[0] + x[1]
            elif op == "Concat":
                y = torch.cat(x, a["axis"])
            elif op == "Split":
                y = torch.split(x[0], [int(s) for s in x[1]] if len(x) > 1 else x[0].shape[a["axis"]] // len(outputs), a["axis"])
            elif op == "MaxPool":
                y = F.max_pool2d(x[0], a["kernel_shape"], a["strides"], symmetric(a["pads"]), ceil_mode=bool(a["ceil_mode"]))
            elif op == "AveragePool":
                y = F.avg_pool2d(x[0], a["kernel_shape"], a["strides"], symmetric(a["pads"]))
            elif op == "GlobalAveragePool":
                y = x[0].mean((2, 3), keepdim=True)
            elif op == "Resize":
                y = F.interpolate(x[0], scale_factor=[float(s) for s in x[2][2:]], mode="nearest")
            elif op in ("Reshape", "Flatten"):
                y = x[0].flatten(1)
            elif op == "Gemm":
                y = F.linear(x[0], x[1] if a.get("transB") else x[1].t(), x[2])
            else:
                raise SystemExit(f"torch_step.py: {op} is not known here")
            for name, value in zip(outputs, y if isinstance(y, tuple) else (y,)):
                values[name] = value
        return [values[name] for name in self.outputs]


def main():
    path, batch, threads, steps = sys.argv[1], *map(int, sys.argv[2:5])
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    network = Network(path)
    optimiser = torch.optim.SGD(network.parameters(), lr=1e-4, momentum=0.9)
    image = torch.rand(batch, *network.shape[1:])
    times = []
    for _ in range(steps + 3):
        start = time.perf_counter()
        optimiser.zero_grad()
        loss = sum((y * y).mean() for y in network(image))
        loss.backward()
        optimiser.step()
        times.append(1000 * (time.perf_counter() - start))
    times = sorted(times[3:])
    print(f"{statistics.median(times):.2f} {times[int(0.9 * (len(times) - 1))]:.2f}")


main()
