#!/usr/bin/env bash
# Counts the instructions of one inference with one thread, on an A76-like processor (dot product) and on a Cortex-A72, and
# prints a Markdown table; with -m N also the N methods that execute most of them.
# usage: bench/arm64/count.sh [-m N] MODEL.onnx...
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
source "$root/eng/system-packages.sh"
source "$root/eng/arm64/emulation.sh"
limit=900 methods=0
while getopts m: option; do
  case $option in
    m) methods=$OPTARG ;;
    *) sed -n 4p "${BASH_SOURCE[0]}" >&2; exit 2 ;;
  esac
done
shift $((OPTIND - 1))
(($# > 0)) || fail "usage: bench/arm64/count.sh [-m N] MODEL.onnx..."
make_emulation || exit 0
[[ $emulator/hotcount.so -nt $emulation/peer/hotcount.c ]] || gcc -O2 -shared -fPIC -o "$emulator/hotcount.so" "$emulation/peer/hotcount.c"

results=$(mktemp --directory)
trap 'rm --recursive --force "$results"' EXIT
# Without tiers the code that runs is the code that counts; the map names the methods by their addresses.
export DOTNET_TieredCompilation=0 DOTNET_PerfMapEnabled=1 DOTNET_PerfMapJitDumpPath=$results
echo "| network | processor | M instructions | per multiply-add | multiplies | SIMD | loads and stores |"
echo "|---|---|---|---|---|---|---|"
for model; do
  for cpu in ${CPUS:-max cortex-a72}; do
    products=$(emulated "$cpu" -plugin "$emulator/hotcount.so,top=1000000,to=$results/blocks" -- "$probe" count "$model" 2>"$results/errors") ||
      fail "$model could not be counted on $cpu: $(tail -n 1 "$results/errors")"
    "$root/bench/arm64/instructions.py" "$(basename "$model" .onnx)" "$cpu" "$products" "$results/blocks" "$results"/perf-*.map "$methods"
    rm "$results"/*
  done
done
