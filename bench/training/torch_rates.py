#!/usr/bin/env python3
"""PyTorch's rates for the networks of bench/training: forward and backward, without loss and optimiser, on the CPU.

    THREADS=2 bench/training/torch_rates.py [lenet5] [resnet20] [detector] [mobile]
"""
import os
import sys
import time

import torch
from torch import nn


def lenet5():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10)), (1, 32, 32)


class Residual(nn.Module):
    def __init__(self, inputs, channels, stride):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, channels, 3, stride, 1, bias=False), nn.BatchNorm2d(channels), nn.ReLU(),
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels))
        self.stride, self.extra = stride, channels - inputs

    def forward(self, x):
        shortcut = x if self.stride == 1 else nn.functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, self.extra))
        return torch.relu(self.body(x) + shortcut)


def resnet20():
    layers, channels = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()], 16
    for stage in range(3):
        for block in range(3):
            layers.append(Residual(channels, 16 << stage, 2 if stage > 0 and block == 0 else 1))
            channels = 16 << stage
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)), (3, 32, 32)


def block(inputs, channels, kernel, stride, activation=nn.SiLU, groups=1):
    return nn.Sequential(
        nn.Conv2d(inputs, channels, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(channels, eps=1e-3), activation())


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(
            block(3, 16, 3, 2), block(16, 32, 3, 2), block(32, 32, 3, 1), block(32, 64, 3, 2), block(64, 64, 3, 1), block(64, 64, 1, 1))
        self.second = nn.Sequential(block(64, 128, 3, 2), block(128, 128, 3, 1), block(128, 128, 1, 1))
        self.eighth, self.sixteenth = nn.Conv2d(64, 36, 1, bias=False), nn.Conv2d(128, 36, 1, bias=False)

    def forward(self, x):
        x = self.first(x)
        return self.eighth(x), self.sixteenth(self.second(x))


def detector():
    return Detector(), (3, 256, 320)


def mobile():
    layers, channels = [block(3, 32, 3, 2, nn.ReLU6)], 32
    for stride, wider in ((1, 64), (2, 128), (1, 128), (2, 256)):
        layers += [block(channels, channels, 3, stride, nn.ReLU6, channels), block(channels, wider, 1, 1, nn.ReLU6)]
        channels = wider
    return nn.Sequential(*layers, nn.Conv2d(256, 10, 1, bias=False)), (3, 128, 128)


def main():
    torch.set_num_threads(int(os.environ.get("THREADS", "2")))
    torch.manual_seed(1)
    for make, batch in ((lenet5, 64), (resnet20, 64), (detector, 8), (mobile, 8)):
        if sys.argv[1:] and make.__name__ not in sys.argv[1:]:
            continue
        for layout in (torch.contiguous_format, torch.channels_last):
            network, shape = make()
            network = network.to(memory_format=layout)
            x = torch.rand(batch, *shape).to(memory_format=layout)
            times, spent, start = [], [], time.perf_counter()
            while time.perf_counter() - start < 6 or len(times) < 8:
                begin, used = time.perf_counter(), time.process_time()
                for parameter in network.parameters():
                    parameter.grad = None
                outputs = network(x)
                outputs = outputs if isinstance(outputs, tuple) else (outputs,)
                torch.autograd.backward(outputs, [torch.full_like(output, 1e-4) for output in outputs])
                times.append(time.perf_counter() - begin)
                spent.append(time.process_time() - used)
            times = sorted(times[len(times) // 3:])
            median, processor = times[len(times) // 2], sorted(spent[len(spent) // 3:])[len(times) // 2]
            print(f"{make.__name__:10} batch {batch}: {median * 1e3:8.2f} ms, of processors {processor * 1e3:8.2f} ms, {batch / median:8.1f} examples/s ({layout})", flush=True)


main()
