#!/usr/bin/env bash
# try-package-arm64.sh PACKAGE.deb: an ARM64 package on a machine of another kind. apt-get fetches what it depends on for the ARM64
# of this distribution, and its program runs under emulation, as on a Raspberry Pi 5 or Jetson Orin (dot product) and on a Raspberry
# Pi 4: it has to find what this machine's program finds, bit for bit. Nothing is installed, and the package's scripts do not run.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/eng/system-packages.sh"
source "$root/eng/debian-arm64.sh"
(($# == 1)) || fail "usage: eng/try-package-arm64.sh PACKAGE.deb"
package=$(readlink --canonicalize-existing "$1")

if [[ $(uname -m) == aarch64 ]]; then
  echo "skipped: this is an ARM64 machine; eng/try-package.sh tries the package on it."
  exit 0
fi
require_packages "ARM64 is emulated" qemu-user dpkg
"$root/eng/build.sh" program
here() { dotnet "$root/artifacts/bin/EdgeRuntime/release/edgecnn.dll" "$@"; }

work=$(mktemp --directory)
trap 'rm --recursive --force "$work"' EXIT
dpkg-deb --extract "$package" "$work/package"
apt_arm64 install --yes --download-only "$package" ||
  fail "what the package depends on cannot be had for ARM64; see apt-get's message above."
echo "ok: what it depends on is there for the ARM64 of this distribution"
unpack_arm64

# machine CPU PART FEATURES: the files that such a processor sees; ONNX Runtime looks for its own in /proc.
machine() {
  local files=$work/$1 file processor
  mkdir --parents "$files"/{proc,sys/devices/system/cpu}
  ln --symbolic "$debian_arm64"/root/{lib,usr} "$files/"
  for processor in 0 1; do
    printf 'processor\t: %d\nFeatures\t: %s\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: %s\n\n' \
      "$processor" "fp asimd evtstrm crc32 cpuid $3" "$2"
  done >"$files/proc/cpuinfo"
  for file in possible present online; do echo 0-1 >"$files/sys/devices/system/cpu/$file"; done
}
machine max 0xd0b "atomics asimdrdm asimddp"
machine cortex-a72 0xd08 ""

# emulated CPU ARGUMENT...: the package's program. Two libraries lie where their package's scripts would link them from.
emulated() {
  local libraries=/usr/lib/aarch64-linux-gnu
  (ulimit -c 0 && exec timeout 300 qemu-aarch64 -L "$work/$1" -cpu "$1" -E "LD_LIBRARY_PATH=$libraries/blas:$libraries/lapack" \
    "$work/package/usr/lib/edgecnn/edgecnn" "${@:2}")
}

# The emulator itself crashes now and then: what a signal ended is given a second time.
twice() {
  local status=0
  emulated "$@" || status=$?
  ((status <= 128)) || emulated "$@"
}

# same WHAT EXPECTED ANSWER
same() {
  [[ -n $2 && $3 == "$2" ]] || fail "$1: this machine says"$'\n'"$2"$'\n'"and ARM64"$'\n'"$3"
  echo "ok: $1"
}

here scenes --out "$work/scenes" --count 3 --seed 3 >/dev/null
detect=(detect "$work/scenes/images" --model arena.int8 --json)
untimed() { sed 's/,"ms":.*//'; }
classes() { grep --only-matching --extended-regexp '"class":"[a-z]*"'; }
found=$(here "${detect[@]}" | untimed)
for cpu in max cortex-a72; do
  kernels=neon
  [[ $cpu == cortex-a72 ]] || kernels+=" with dot product"
  same "$cpu: it starts and knows its processor" "kernels for $kernels" "$(twice "$cpu" --version | tail -n 1)"
  same "$cpu: it finds the same objects, to the last bit" "$found" "$(twice "$cpu" "${detect[@]}" | untimed)"
done
# ONNX Runtime's sums differ in their last bits: what is hardly certain may be on either side of the limit.
certain=("${detect[@]}" --confidence 0.5)
same "it finds them by ONNX Runtime too" "$(here "${certain[@]}" | classes)" "$(twice max "${certain[@]}" --backend onnxruntime | classes)"
inspect=(inspect "$root/models/arena.int8.onnx")
same "it tells the same about a model" "$(here "${inspect[@]}")" "$(twice max "${inspect[@]}")"
doctor=$(twice max doctor 2>&1 || true)
for part in runtime opencv onnxruntime; do
  grep --quiet "^ok  *$part " <<<"$doctor" || fail "its doctor finds fault with $part: $doctor"
done
echo "ok: its doctor finds .NET, OpenCV and ONNX Runtime in order"

here scenes --out "$work/arena.mp4" --count 6 --seed 3 >/dev/null
emulated cortex-a72 run --Camera:Source="$work/arena.mp4" --Camera:Realtime=false --Model:Path=arena.int8 --Link:Port=virtual \
  --Output:Json=- >"$work/reports" 2>"$work/log" || fail "its daemon failed: $(tail -n 3 "$work/log")"
grep --quiet '"class":' "$work/reports" || fail "its daemon saw nothing in a film: $(tail -n 3 "$work/reports" "$work/log")"
echo "ok: its daemon watches a film to the end and tells a robot"
