#!/usr/bin/env bash
# Measures as on a processor without AVX-512: both the engine and ONNX Runtime keep to AVX2. The arguments are table.sh's.
# ONNX Runtime has no switch for that: its kernels are chosen by what the processor says. So a copy of its library is run in which the
# test of the AVX-512 bit (CPUID leaf 7, EBX bit 16) tests no bit. The copy lies under artifacts, beside a copy of the program.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
"$root/eng/build.sh" program
copy=$root/artifacts/avx2
mkdir -p "$copy"
cp -a "$root/artifacts/bin/EdgeRuntime/release/." "$copy"
python3 - "$copy/runtimes/linux-x64/native/libonnxruntime.so" <<'END'
import re, sys

path = sys.argv[1]
library = open(path, "rb").read()
# test $0x10000, %register; je past; mov %register, %rax; not %rax; test $0xe0, %al; je the AVX-512 kernels:
# the processor has them, and the operating system saves their registers.
choice = re.compile(rb"(?:\x41?\xf7[\xc0-\xc7]|\xa9)(\x00\x00\x01\x00)\x74.[\x48\x4c]\x89.\x48\xf7.\xa8\xe0\x0f\x84", re.DOTALL)
found = [match.start(1) for match in choice.finditer(library)]
# The constructor that chooses is inlined three times.
if len(found) != 3:
    sys.exit(f"avx2.sh: the choice of kernels was found {len(found)} times in {path}, not 3; "
             "this script knows ONNX Runtime 1.29 for x86-64.")
patched = bytearray(library)
for at in found:
    patched[at:at + 4] = bytes(4)
open(path, "wb").write(patched)
END
export DOTNET_EnableAVX512=0 EDGECNN="dotnet $copy/edgecnn.dll"
"$root/bench/table.sh" "$@"
