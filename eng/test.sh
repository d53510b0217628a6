#!/usr/bin/env bash
# Builds everything and runs every test, one project after the other, then ARM64's code under emulation (arm64.sh).
# Arguments go to dotnet test, and then there is nothing else. The last line is the sum: N passed, N failed, N skipped.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
results=$root/artifacts/test-results
source "$root/eng/system-packages.sh"

needed=(g++ curl socat ffmpeg gstreamer1.0-plugins-base python3-onnx)
# Ubuntu has Chromium as a snap only: there, the tests of the page are skipped and say so.
if [[ $(. /etc/os-release && echo "$ID") == debian ]]; then needed+=(chromium-driver); fi
require_packages "the tests compile the firmware's header, play streams, open the page in Chromium, and run ONNX's own cases" "${needed[@]}"
"$root/eng/build.sh" everything

export MSBUILDTERMINALLOGGER=off MSBUILDDISABLENODEREUSE=1 DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en
noise='^(Test run for |VSTest version |A total of |Starting test execution|No test is available|Additionally, path to |Results File: |$)'
status=0
rm --recursive --force "$results"
(cd "$root" && dotnet test EdgeCnn.sln --configuration Release --no-build -maxCpuCount:1 \
  --logger "console;verbosity=minimal" --logger trx --results-directory "$results" "$@" 2>&1) |
  grep --invert-match --line-buffered --extended-regexp "$noise" || status=${PIPESTATUS[0]}

count() { cat "$results"/*.trx 2>/dev/null | grep --count "<UnitTestResult .*outcome=\"$1\"" || true; }
passed=$(count Passed) failed=$(count Failed) skipped=$(count NotExecuted)
if ((status != 0 && failed == 0)); then
  say "a test run ended before its tests did, which counts as a failure."
  failed=1
fi
if ((skipped > 0)); then
  echo "Skipped, and why:"
  cat "$results"/*.trx | grep --after-context=4 'outcome="NotExecuted"' |
    sed --quiet 's|.*<Message>\(.*\)</Message>.*|\1|p' | sort | uniq --count
fi
if (($# == 0)); then
  echo "ARM64, under emulation:"
  arm64=$("$root/eng/arm64.sh" | tee >(cat >&2) | tail -n 1) || true
  if [[ $arm64 =~ ^([0-9]+)\ ARM64\ checks\ passed,\ ([0-9]+)\ failed ]]; then
    passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
  elif [[ $arm64 == skipped:* ]]; then
    skipped=$((skipped + 1))
  else
    failed=$((failed + 1))
  fi
fi
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0))
