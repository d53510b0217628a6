#!/usr/bin/env bash
# Exports torchvision's networks with random weights, and torch's own output beside each, to artifacts/torchvision: for tests and benchmarks.
# Takes some minutes and 1.3 GB.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/eng/system-packages.sh"

data=$root/../shared/data
[[ -d $data ]] || fail "the exporter and its images are in ../shared/data, which is not beside this repository."
require_packages "torchvision exports the networks" python3-torch python3-torchvision python3-onnx python3-pil
out=$root/artifacts/torchvision
rm -rf "$out.new"
/usr/bin/python3 "$data/tools/export_torchvision.py" "$out.new" "$data/coco128/images" "$@"
rm -rf "$out"
mv "$out.new" "$out"
say "done; './edgecnn test --filter FullyQualifiedName~Torchvision' compares, 'bench/table.sh' measures."
