#!/usr/bin/env bash
# arm64.sh: runs the genuine ARM64 code of .NET under emulation, as a Raspberry Pi 5 or Jetson Orin (-cpu max: dot
# product) and as a Raspberry Pi 4 (cortex-a72), and holds its answers to this machine's, bit for bit: the kernels' digest,
# whole networks, and tests of engine, preprocessing, decoding, tracking, aiming and EdgeLink.
# arm64.sh --count MODEL.onnx counts the instructions of one run instead.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/eng/system-packages.sh"
emulator=$root/artifacts/arm64
bin=$root/artifacts/bin
probe=$bin/arm64/release/arm64.dll
models=$root/../shared/data/models

engine=(ConvolutionTests MatrixTests FunctionTests NormalizationTests IntegerProductTests Int8GemmTests Int8PanelsTests Int8WindowsTests Int8RowsTests ProductPiecesTests
  Int8DepthwiseTests Int8WinogradTests)
decoding=(PreprocessorTests HeadTests SuppressionTests ClassifierTests)
robot=(TrackerTests AssignmentTests TargetingTests AimingTests EdgeLinkProtocolTests CobsTests Crc16Tests FrameReaderTests MessageTests)
limit=600
case ${1:-} in
  '') ;;
  --count) [[ -f ${2:-} ]] || fail "usage: eng/arm64.sh --count MODEL.onnx" ;;
  *) fail "usage: eng/arm64.sh [--count MODEL.onnx]" ;;
esac

if [[ ! -f $root/../shared/arm64/setup.sh ]]; then
  echo "skipped: the ARM64 emulation needs ../shared/arm64, which is not beside this repository."
  exit 0
fi

if [[ ! -x $emulator/run.sh ]]; then
  require_packages "the ARM64 emulation" gcc libc6-dev dpkg
  # npm comes with Node.js wherever that was not installed from the distribution.
  command -v npm >/dev/null || require_packages "the ARM64 emulation's runtime comes as an npm package" npm
  say "making the ARM64 emulation (a minute or two, once)."
  mkdir -p "$emulator"
  # What is built in there is not built by this repository's rules.
  echo '<Project />' | tee "$emulator/Directory.Build.props" >"$emulator/Directory.Packages.props"
  "$root/../shared/arm64/setup.sh" "$emulator" >"$emulator/setup.log" 2>&1 ||
    fail "the ARM64 emulation could not be made; see $emulator/setup.log."
fi

"$root/eng/standins/build.sh"
export MSBUILDTERMINALLOGGER=off MSBUILDDISABLENODEREUSE=1 DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
for project in eng/arm64 tests/Engine.Tests tests/Models.Tests tests/EdgeRuntime.Tests; do
  dotnet build "$root/$project" --configuration Release --verbosity quiet >&2 || fail "$project does not build; see above."
done

ulimit -c 0
emulated() { timeout "$limit" "$emulator/run.sh" -cpu "$@"; }

if [[ ${1:-} == --count ]]; then
  for cpu in max cortex-a72; do
    echo -n "$cpu: "
    # Without tiers the code that runs is the code that counts.
    DOTNET_TieredCompilation=0 emulated "$cpu" -plugin "$emulator/insncount.so" -- "$probe" count "$2" 2>&1
  done
  exit
fi

passed=0 failed=0
report() { # CPU PART PASSED FAILED WORD
  passed=$((passed + $3)) failed=$((failed + $4))
  printf '%-11s %-38s %s\n' "$1" "$2" "$5"
}

# same CPU PART EXPECTED COMMAND...: what the command says, its first word (the name of the processor or model) aside.
same() {
  local cpu=$1 part=$2 expected=$3 answer
  shift 3
  answer=$(emulated "$cpu" -- "$@" 2>&1) || true
  if [[ -n $expected && $(sed 's/^[^ ]* //' <<<"$answer") == "$(sed 's/^[^ ]* //' <<<"$expected")" ]]; then
    report "$cpu" "$part" "$(wc -l <<<"$expected")" 0 "the bits of this machine"
  else
    printf '%s\n' "$answer" >&2
    report "$cpu" "$part" 0 1 "FAILED: not the bits of this machine"
  fi
}

# tests CPU PART PROJECT CLASS...
tests() {
  local cpu=$1 part=$2 project=$3 answer status=0 sum
  shift 3
  answer=$(emulated "$cpu" -- "$probe" test "$bin/$project/release/EdgeCnn.$project.dll" "$@" 2>&1) || status=$?
  sum=$(tail -n 1 <<<"$answer")
  if [[ $sum =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed ]]; then
    ((status == 0)) || printf '%s\n' "$answer" >&2
    report "$cpu" "$part" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" "$sum"
  else
    printf '%s\n' "$answer" >&2
    report "$cpu" "$part" 0 1 "FAILED: $( ((status == 124)) && echo "not done in $limit s" || echo "ended with status $status")"
  fi
}

networks=()
for name in mnist resnet20 ultraface; do
  [[ ! -f $models/$name.onnx ]] || networks+=("$models/$name.onnx")
done
kernels=$(dotnet "$bin/Engine.Tests/release/EdgeCnn.Engine.Tests.dll")
((${#networks[@]} == 0)) || outputs=$(dotnet "$probe" network "${networks[@]}")

for cpu in max cortex-a72; do
  same "$cpu" "kernels" "$kernels" "$bin/Engine.Tests/release/EdgeCnn.Engine.Tests.dll"
  if ((${#networks[@]} > 0)); then
    same "$cpu" "networks" "$outputs" "$probe" network "${networks[@]}"
  else
    report "$cpu" "networks" 0 0 "skipped: ../shared/data/models is absent"
  fi
  tests "$cpu" "engine" Engine.Tests "${engine[@]}"
  tests "$cpu" "preprocessing, decoding" Models.Tests "${decoding[@]}"
  tests "$cpu" "tracking, aiming, EdgeLink" EdgeRuntime.Tests "${robot[@]}"
done
echo "$passed passed, $failed failed"
((failed == 0))
