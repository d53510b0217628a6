#!/usr/bin/env bash
# Measures the engine against ONNX Runtime, model by model in one process each, and prints a Markdown table.
# usage: bench/table.sh [-r RUNS] [-t "1 2"] [-p ENDING] MODEL.onnx...     (default: every model of ../shared/data/models)
# -p full: ONNX Runtime runs NAME.full.onnx where the engine runs NAME.anything.onnx.
# The variable EDGECNN may name another build of the program.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
runs=50 threads="1 2" ending=
read -ra program <<<"${EDGECNN:-$root/edgecnn}"
while getopts r:t:p: option; do
  case $option in
    r) runs=$OPTARG ;;
    t) threads=$OPTARG ;;
    p) ending=$OPTARG ;;
    *) sed -n 3p "${BASH_SOURCE[0]}" >&2; exit 2 ;;
  esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- "$root"/../shared/data/models/*.onnx

# The nth value of a property in one line of JSON: the first median is the engine's, the second ONNX Runtime's.
value() { grep -oE "\"$1\":[0-9.eE+-]+" <<<"$json" | sed -n "${2:-1}{s/.*://;p}"; }

echo "| network | GMAC | threads | engine ms (p90) | GMAC/s | ONNX Runtime ms | ratio | load ms (ONNX Runtime) | first run ms | growth MB (ONNX Runtime) | peak MB (ONNX Runtime) |"
echo "|---|---|---|---|---|---|---|---|---|---|---|"
for model; do
  name=${model%.onnx} peer=$model
  [[ -z $ending ]] || peer=${name%.*}.$ending.onnx
  for count in $threads; do
    if json=$("${program[@]}" bench "$model" --threads "$count" --runs "$runs" --against onnxruntime --against-model "$peer" --json); then
      printf '| %s | %.3f | %s | %.2f (%.2f) | %.1f | %.2f | **%.2f** | %.0f (%.0f) | %.1f | %.0f (%.0f) | %.0f (%.0f) |\n' "$(basename "$model" .onnx)" \
        "$(value gmac)" "$count" "$(value median_ms)" "$(value p90_ms)" "$(value gmac_per_s)" "$(value median_ms 2)" "$(value ratio)" \
        "$(value load_ms)" "$(value load_ms 2)" "$(value first_run_ms)" "$(value rss_growth_mb)" "$(value rss_growth_mb 2)" \
        "$(value peak_rss_mb)" "$(value peak_rss_mb 2)"
    else
      echo "| $(basename "$model" .onnx) | | $count | failed: see above | | | | | | | |"
    fi
  done
done
