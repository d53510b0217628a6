#!/usr/bin/env python3
"""Computes operators and their gradients with PyTorch. Standard input: a JSON list of {"op", "inputs": [{"shape", "data"}], "gradient": [...], attributes};
standard output: for each the output and the gradient of every input, as flat lists."""
import json
import sys

import torch
from torch.nn import functional as f


def pads(case, x, value=0.0):
    top, left, bottom, right = case["pads"]
    return f.pad(x, (left, right, top, bottom), value=value)


def compute(case, x, *rest):
    op = case["op"]
    if op == "Conv":
        return f.conv2d(pads(case, x), *rest, stride=case["strides"], dilation=case["dilations"], groups=case["groups"])
    if op == "ConvTranspose":
        return f.conv_transpose2d(
            x, *rest, stride=case["strides"], padding=case["pads"][:2], output_padding=case["output_padding"], groups=case["groups"],
            dilation=case["dilations"])
    if op == "MaxPool":
        return f.max_pool2d(pads(case, x, float("-inf")), case["kernel"], case["strides"])
    if op == "AveragePool":
        return f.avg_pool2d(x, case["kernel"], case["strides"], case["pads"][:2], count_include_pad=case["count_include_pad"])
    if op == "BatchNormalization":
        scale, bias, mean, variance = rest
        y = f.batch_norm(x, mean.data, variance.data, scale, bias, training=True, momentum=0.1, eps=case["epsilon"])
        return y
    if op == "LayerNormalization":
        return f.layer_norm(x, case["shape"], *rest, eps=case["epsilon"])
    if op == "GroupNormalization":
        return f.group_norm(x, case["groups"], *rest, eps=case["epsilon"])
    if op == "LRN":
        return f.local_response_norm(x, case["size"], case["alpha"], case["beta"], case["bias"])
    if op == "Resize":
        mode = case["mode"]
        return f.interpolate(x, size=case["target"], mode=mode, **({} if mode == "nearest" else {"align_corners": False}))
    if op == "Linear":
        return f.linear(x, *rest)
    if op == "Softmax":
        return f.softmax(x, 1)
    if op == "LogSoftmax":
        return f.log_softmax(x, 1)
    return {"Silu": f.silu, "HardSwish": f.hardswish, "Mish": f.mish, "Gelu": f.gelu, "Softplus": f.softplus, "Elu": f.elu, "Selu": f.selu,
            "Tanh": torch.tanh, "Sigmoid": torch.sigmoid, "Relu": torch.relu, "HardSigmoid": f.hardsigmoid}[op](x)


def main():
    torch.set_num_threads(1)
    results = []
    for case in json.load(sys.stdin):
        inputs = [torch.tensor(entry["data"], dtype=torch.float32).reshape(entry["shape"]).requires_grad_() for entry in case["inputs"]]
        y = compute(case, *inputs)
        y.backward(torch.tensor(case["gradient"], dtype=torch.float32).reshape(y.shape))
        # What takes no gradient is a running statistic, which has moved.
        results.append({
            "output": y.detach().flatten().tolist(),
            "gradients": [(entry.data if entry.grad is None else entry.grad).flatten().tolist() for entry in inputs],
        })
    json.dump(results, sys.stdout)


main()
