#!/usr/bin/env bash
# Builds everything and runs every test, one project after the other. The last line is the sum: N passed, N failed, N skipped.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/eng/system-packages.sh"

require_packages "the tests compile the firmware's header, and use real streams and pseudo-terminals" \
  g++ socat ffmpeg gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good
"$root/eng/build.sh" everything

export MSBUILDTERMINALLOGGER=off MSBUILDDISABLENODEREUSE=1 DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en
log=$root/artifacts/test.log
status=0
(cd "$root" && dotnet test EdgeCnn.sln --configuration Release --no-build -maxCpuCount:1 "$@" 2>&1) |
  grep --invert-match --line-buffered -E '^(Test run for |VSTest version |A total of |Starting test execution|No test is available|Additionally, path to |$)' |
  tee "$log" || status=1

# Each project ends with a line like: Passed!  - Failed:     0, Passed:     2, Skipped:     1, Total:     3, Duration: 40 ms - X.dll
sum() { grep -oE "^(Passed|Failed|Skipped)! .*" "$log" | grep -oE "$1: +[0-9]+" | awk '{ sum += $2 } END { print sum + 0 }'; }
passed=$(sum Passed) failed=$(sum Failed) skipped=$(sum Skipped)
if ((status != 0 && failed == 0)); then
  say "the test run ended before its tests did, which counts as a failure."
  failed=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0))
