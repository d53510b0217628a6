#!/usr/bin/env bash
# build.sh program|everything: builds what changed since the last build. It is quick when nothing did, and waits where
# another build of this folder is under way. What it says goes to stderr: stdout belongs to the program.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/eng/system-packages.sh"

case ${1:-} in
  program) target=src/EdgeRuntime/EdgeRuntime.csproj sources=(src config models) ;; # labels of config are embedded, models travel with the program
  everything) target=EdgeCnn.sln sources=(src config models tests EdgeCnn.sln) ;;
  *) fail "usage: eng/build.sh program|everything" ;;
esac
stamp=$root/artifacts/.built-$1

# A folder is newer than the stamp when a file in it was added, renamed or removed.
is_current() {
  local newer
  [[ -f $stamp && -f $root/artifacts/bin/EdgeRuntime/release/edgecnn.dll ]] || return
  newer=$(cd "$root" && find "${sources[@]}" eng/standins Directory.Build.props Directory.Packages.props global.json \
    -newer "$stamp" -print -quit) || return
  [[ -z $newer ]]
}

command -v dotnet >/dev/null || fail "the .NET SDK is missing; install .NET 10 from https://dot.net and start again."
is_current && exit

# --close: a compiler server that outlives this build must not inherit the lock.
if [[ ${EDGECNN_LOCK:-} != "$root" ]]; then
  mkdir -p "$root/artifacts"
  EDGECNN_LOCK=$root exec flock --close "$root/artifacts/.lock" "${BASH_SOURCE[0]}" "$1"
fi

(cd "$root" && dotnet --version >/dev/null 2>&1) ||
  fail "a .NET 10 SDK is needed, and dotnet --list-sdks names none; install it from https://dot.net and start again."
"$root/eng/standins/build.sh"
if ! compgen -G "$root/artifacts/standins/feed/OpenCvSharp4.*.nupkg" >/dev/null && ! /sbin/ldconfig -p | grep --quiet 'libgtk-3\.so\.0'; then
  require_packages "OpenCvSharp4's native library links GTK" libgtk-3-0
fi

say "building (the first time takes a minute or two)."
touch "$stamp.started"
export MSBUILDTERMINALLOGGER=off MSBUILDDISABLENODEREUSE=1 DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
status=0
log=$(cd "$root" && dotnet build "$target" --configuration Release --verbosity quiet 2>&1) || status=$?
messages=$(grep --extended-regexp ': (error|warning) ' <<<"$log" | awk '!seen[$0]++' || true)
if ((status != 0)); then
  printf '%s\n' "${messages:-$log}" >&2
  [[ $log != *NU1301* ]] || fail "NuGet cannot be reached; connect this machine to the network and start again."
  fail "the build failed; the compiler's messages are above."
fi
[[ -z $messages ]] || printf '%s\n' "$messages" >&2
mv "$stamp.started" "$stamp"
[[ $1 == program ]] || cp --preserve=timestamps "$stamp" "$root/artifacts/.built-program"
