#!/usr/bin/env bash
# Runs the genuine ARM64 code of .NET under emulation, as a Raspberry Pi 5 or Jetson Orin (-cpu max: dot product) and as a
# Raspberry Pi 4 (cortex-a72), and holds its answers to this machine's, bit for bit: the kernels' digest, whole networks,
# and tests of engine, quantiser, preprocessing, decoding, tracking, aiming and EdgeLink.
#
#   arm64.sh        a chosen set in some minutes, as `edgecnn test` does at its end
#   arm64.sh --all  everything on both processors, larger networks, and the program as its package installs it
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/eng/system-packages.sh"
source "$root/eng/arm64/emulation.sh"
limit=900

integers=(AddingTests FixedPointSiluTests Int8GemmTests Int8PanelsTests Int8WindowsTests Int8RowsTests ProductPiecesTests Int8DepthwiseTests Int8WinogradTests IntegerPlanTests)
floats=(ConvolutionTests MatrixTests FunctionTests NormalizationTests IntegerProductTests)
quantiser=(QuantizerTests)
decoding=(PreprocessorTests HeadTests SuppressionTests ClassifierTests)
robot=(TrackerTests AssignmentTests TargetingTests AimingTests EdgeLinkProtocolTests CobsTests Crc16Tests FrameReaderTests MessageTests)
chosen=(mnist resnet20 ultraface) larger=(yolox_nano nanodet_m yolov8n_int8)
case ${1:-} in
  '') all= ;;
  --all) all=yes chosen+=("${larger[@]}") ;;
  *) fail "usage: eng/arm64.sh [--all]" ;;
esac

make_emulation || exit 0
"$root/eng/build.sh" everything

passed=0 failed=0
report() { # CPU PART PASSED FAILED WORD
  passed=$((passed + $3)) failed=$((failed + $4))
  printf '%-11s %-38s %s (%d s)\n' "$1" "$2" "$5" $((SECONDS - started))
  started=$SECONDS
}

# twice CPU PART COMMAND...: the emulator itself crashes now and then, which is said, and the command is given a second
# time. What a command says or how it fails otherwise stands.
twice() {
  local cpu=$1 part=$2 status=0
  shift 2
  emulated "$cpu" -- "$@" 2>&1 || status=$?
  ((status <= 128)) && return "$status"
  say "ARM64: $cpu, $part: ended by signal $((status - 128)); trying once more."
  emulated "$cpu" -- "$@" 2>&1
}

# same CPU PART EXPECTED COMMAND...: what the command says, the first word of each line (processor or model) aside.
same() {
  local cpu=$1 part=$2 expected=$3 answer
  shift 3
  answer=$(twice "$cpu" "$part" "$@") || true
  if [[ -n $expected && $(sed 's/^[^ ]* //' <<<"$answer") == "$(sed 's/^[^ ]* //' <<<"$expected")" ]]; then
    report "$cpu" "$part" "$(wc -l <<<"$expected")" 0 "the bits of this machine"
  else
    printf 'this machine:\n%s\nARM64:\n%s\n' "$expected" "$answer" >&2
    report "$cpu" "$part" 0 1 "FAILED: not the bits of this machine"
  fi
}

# tests CPU PART PROJECT CLASS...
tests() {
  local cpu=$1 part=$2 project=$3 answer status=0 sum
  shift 3
  answer=$(twice "$cpu" "$part" "$probe" test "$root/artifacts/bin/$project/release/EdgeCnn.$project.dll" "$@") || status=$?
  sum=$(tail -n 1 <<<"$answer")
  if [[ $sum =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed ]]; then
    ((status == 0)) || printf '%s\n' "$answer" >&2
    report "$cpu" "$part" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" "$sum"
  else
    printf '%s\n' "$answer" >&2
    report "$cpu" "$part" 0 1 "FAILED: $( ((status == 124)) && echo "not done in $limit s" || echo "ended with status $status")"
  fi
}

networks=("$root"/models/*.int8.onnx)
for name in "${chosen[@]}"; do
  [[ ! -f $root/../shared/data/models/$name.onnx ]] || networks+=("$root/../shared/data/models/$name.onnx")
done
digest=$root/artifacts/bin/Engine.Tests/release/EdgeCnn.Engine.Tests.dll
kernels=$(dotnet "$digest")
outputs=$(dotnet "$probe" network "${networks[@]}")

started=$SECONDS
for cpu in max cortex-a72; do
  same "$cpu" "kernels" "$kernels" "$digest"
  same "$cpu" "networks" "$outputs" "$probe" network "${networks[@]}"
  tests "$cpu" "engine, integers" Engine.Tests "${integers[@]}"
  # The rest does not see the difference between the two.
  [[ -n $all || $cpu == max ]] || continue
  tests "$cpu" "preprocessing, decoding" Models.Tests "${decoding[@]}"
  tests "$cpu" "tracking, aiming, EdgeLink" EdgeRuntime.Tests "${robot[@]}"
  [[ -n $all ]] || continue
  tests "$cpu" "engine, floats" Engine.Tests "${floats[@]}"
  tests "$cpu" "quantiser" Quantization.Tests "${quantiser[@]}"
done
if [[ -n $all ]]; then
  contents=$(EDGECNN_ARM64_PACKAGE=1 dotnet test "$root/tests/EndToEnd" --configuration Release --filter The_package_for_ARM64 2>&1) && bad=0 || bad=1
  report both "package's contents" "$(sed --quiet 's/.*Passed: *\([0-9]*\).*/\1/p' <<<"$contents" | grep . || echo 0)" "$bad" "$(tail -n 1 <<<"$contents")"
  tried=$("$root/eng/try-package-arm64.sh" "$root"/artifacts/packages/*_arm64.deb) && bad=0 || bad=1
  report both "package" "$(grep --count '^ok:' <<<"$tried")" "$bad" "$(tail -n 1 <<<"$tried")"
fi
echo "$passed ARM64 checks passed, $failed failed"
((failed == 0))
