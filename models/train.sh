#!/bin/sh
# Trains the models of this folder anew: the same seed gives the same bits on the same machine, and close figures on others. How each
# file here came about, and where its run differed from this script, its card says (arena.md, lenet5.md, tinyresnet.md).
#   models/train.sh lenet5 | arena | tinyresnet
# What a run leaves besides the model (float network, loss curve) lies in artifacts/models.
set -eu
cd "$(dirname "$0")/.."
mkdir -p artifacts/models

case "${1:-}" in
lenet5)
  # Any IDX files will do; these are the 10,000 digits of MNIST's test set, of which 2,000 are kept apart.
  ./edgecnn train --model lenet5 --data ../shared/data/mnist --val 0.2 --epochs 60 --batch 64 --rate 0.004 --seed 1 \
    --out artifacts/models/lenet5.onnx --int8
  ;;
arena)
  # Scenes that the program draws itself, as they are: they are many, so each is seen but seven times. They take 6 GB of memory.
  ./edgecnn train --model yolo_arena --data synthetic:24000 --augment none --epochs 7 --batch 8 --rate 0.004 --class-weight 2 --seed 1 \
    --out artifacts/models/arena.onnx --int8
  cp artifacts/models/arena.onnx models/
  ;;
tinyresnet)
  # Every picture is drawn: no data are needed.
  ./edgecnn train --model resnet8 --data synthetic-crops:8000 --val synthetic-crops:1000 --epochs 10 --batch 64 --rate 0.004 \
    --augment none --seed 1 --out artifacts/models/tinyresnet.onnx --int8
  ;;
*)
  echo "usage: models/train.sh lenet5|arena|tinyresnet" >&2
  exit 2
  ;;
esac
cp "artifacts/models/$1.int8.onnx" models/
