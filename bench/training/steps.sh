#!/usr/bin/env bash
# Whole training steps of edgecnn and of PyTorch on the same networks, in turns, and the ratio of their medians: above 1, edgecnn is faster.
#
#   bench/training/steps.sh [-t THREADS] [-n ROUNDS] NETWORK:BATCH:STEPS...     e.g. lenet5:64:100 yolo_arena:8:10
#
# NETWORK is one of the zoo. Needs python3-torch and python3-onnx.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
root=$(cd "$here/../.." && pwd)
threads=2 rounds=5
while getopts t:n: option; do
  case $option in
    t) threads=$OPTARG ;;
    n) rounds=$OPTARG ;;
    *) exit 2 ;;
  esac
done
shift $((OPTIND - 1))
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

median() { sort -g | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }

echo "| network | batch | threads | edgecnn ms | PyTorch ms | ratio | edgecnn pictures/s |"
echo "|---|---|---|---|---|---|---|"
for case in "$@"; do
  IFS=: read -r network batch steps <<< "$case"
  model=$scratch/$network.onnx
  "$root/edgecnn" zoo "$network" --export "$model" > /dev/null
  : > "$scratch/ours"
  : > "$scratch/theirs"
  for ((round = 0; round < rounds; round++)); do
    "$root/edgecnn" bench "$model" --training "$batch" --threads "$threads" --runs "$steps" --json |
      /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["median_ms"])' >> "$scratch/ours"
    /usr/bin/python3 "$here/torch_step.py" "$model" "$batch" "$threads" "$steps" | cut -d' ' -f1 >> "$scratch/theirs"
  done
  awk -v ours="$(median < "$scratch/ours")" -v theirs="$(median < "$scratch/theirs")" -v n="$network" -v b="$batch" -v t="$threads" \
    'BEGIN { printf "| %s | %d | %d | %.1f | %.1f | **%.2f** | %.0f |\n", n, b, t, ours, theirs, theirs / ours, 1000 * b / ours }'
done
