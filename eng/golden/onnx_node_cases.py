#!/usr/bin/env python3
"""Writes ONNX's own node test cases (model, inputs, expected outputs) into a folder.

They come from the onnx package of the machine: Debian's python3-onnx, which leaves the files themselves out but has the code that makes them.
Usage: onnx_node_cases.py FOLDER
"""
import os
import shutil
import sys

import numpy

# ONNX 1.12 still uses names that numpy 1.24 has dropped.
for name, kind in dict(float=float, int=int, bool=bool, object=object, str=str).items():
    if name not in numpy.__dict__:
        setattr(numpy, name, kind)
numpy.random.seed(0)

from onnx import numpy_helper
import onnx.backend.test.case.node as node


def write(path, message):
    with open(path, "wb") as file:
        file.write(message.SerializeToString())


def main(folder):
    partial = folder + ".partial"
    shutil.rmtree(partial, ignore_errors=True)
    for case in node.collect_testcases(None):
        place = os.path.join(partial, case.name)
        os.makedirs(place, exist_ok=True)  # One name occurs twice; the later case counts, as it does in ONNX.
        write(os.path.join(place, "model.onnx"), case.model)
        inputs, outputs = case.data_sets[0]
        for values, infos, kind in ((inputs, case.model.graph.input, "input"), (outputs, case.model.graph.output, "output")):
            for index, (value, info) in enumerate(zip(values, infos)):
                # Sequences and optional values have no tensor; the tests list those cases as unsupported.
                if info.type.HasField("tensor_type"):
                    write(os.path.join(place, f"{kind}_{index}.pb"), numpy_helper.from_array(numpy.asarray(value), info.name))
    os.rename(partial, folder)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
