#!/usr/bin/env python3
"""instructions.py NETWORK CPU MULTIPLY-ADDS BLOCKS MAP METHODS: a row of count.sh's table, and the methods that execute most instructions.

BLOCKS is what the emulator's plugin counted, a line for each block of code; MAP names the methods by address (DOTNET_PerfMapEnabled)."""
import bisect
import collections
import re
import sys

MULTIPLIES = ("sdot", "udot", "imul8", "imul16", "padal", "fmla4s")


def counts_of(line):
    return collections.Counter({name: int(count) for name, count in re.findall(r"(\w+)=(\d+)", line)})


def shares(counts):
    total = counts["total"]
    multiplies = sum(counts[name] for name in MULTIPLIES)
    return [f"{100 * part / total:.0f} %" for part in (multiplies, counts["simd"], counts["ldst"])]


def methods_of(lines, symbols):
    starts = [start for start, _, _ in symbols]
    methods = collections.defaultdict(collections.Counter)
    for line in lines:
        block = re.match(r"\[blk\] (\w+) execs=(\d+) share=\S+ (.*)", line)
        if not block:
            continue
        address, executions = int(block[1], 16), int(block[2])
        i = bisect.bisect_right(starts, address) - 1
        inside = i >= 0 and address < starts[i] + symbols[i][1]
        name = re.sub(r"\(.*|\[[\w.]+\] ?", "", symbols[i][2]).split(" ")[-1] if inside else "native code"
        for kind, count in counts_of(block[3]).items():
            methods[name][kind] += executions * count
    return methods


def main():
    network, cpu, products, blocks, symbols, limit = sys.argv[1:]
    with open(blocks) as file:
        lines = file.readlines()
    counts = counts_of(lines[0])
    each = f"{counts['total'] / int(products):.3f}"
    print("|", " | ".join([network, cpu, f"{counts['total'] / 1e6:.1f}", each, *shares(counts)]), "|", flush=True)
    if int(limit) == 0:
        return
    with open(symbols) as file:
        named = sorted((int(start, 16), int(size, 16), name) for start, size, name in (line.rstrip("\n").split(" ", 2) for line in file))
    methods = methods_of(lines[1:], named)
    for name in sorted(methods, key=lambda name: -methods[name]["total"])[:int(limit)]:
        print(f"    {methods[name]['total'] / 1e6:8.2f} M  {'  '.join(shares(methods[name]))}  {name}", flush=True)


main()
