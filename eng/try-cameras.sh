#!/usr/bin/env bash
# Runs edgecnn with cameras as Linux drives them, on a machine that has none: boots Debian's kernel in a virtual machine, whose files
# are this machine's (read only), with the kernel's own test drivers: vivid, a Video4Linux2 camera that can be unplugged, and vimc, a
# sensor that libcamera drives. For Debian; downloads some 220 MB once and emulates a processor for a few minutes, so it is no part of
# the tests. The last line is the sum: N ok, N failed.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/eng/system-packages.sh"
cache=$root/artifacts/cameras
shared=$cache/shared
limit=1200

[[ $(dpkg --print-architecture 2>/dev/null) == amd64 ]] || fail "the virtual machine needs Debian for amd64."
image=$(apt-cache depends linux-image-amd64 2>/dev/null | awk '/Depends: linux-image-/ { print $2; exit }')
[[ -n $image ]] || fail "apt-get knows no linux-image-amd64: this needs Debian's own kernel."
version=${image#linux-image-} series=$(cut --delimiter=. --fields=1,2 <<<"${image#linux-image-}")
require_packages "a virtual machine with cameras" qemu-system-x86 busybox-static cpio kmod udev v4l-utils curl \
  gstreamer1.0-libcamera libcamera-ipa gstreamer1.0-plugins-good build-essential "linux-headers-$version" "linux-source-$series"
"$root/eng/build.sh" program

mkdir -p "$cache" "$shared"
kernel=$cache/$version
if [[ ! -f $kernel/boot/vmlinuz-$version ]]; then
  (cd "$cache" && apt-get download --quiet "$image" >&2) || fail "apt-get could not download $image."
  rm --recursive --force "$kernel"
  dpkg-deb --extract "$cache/$image"_*.deb "$kernel"
  depmod --basedir "$kernel" "$version"
fi
if [[ ! -f $kernel/vimc.ko ]]; then
  # Debian builds libcamera's half of it and not the kernel's.
  source=linux-source-$series/drivers/media/test-drivers/vimc
  tar --extract --xz --file "/usr/src/linux-source-$series.tar.xz" --directory "$cache" "$source"
  make --silent --directory "/lib/modules/$version/build" M="$cache/$source" CONFIG_VIDEO_VIMC=m modules >"$cache/vimc.log" 2>&1 ||
    fail "the driver vimc could not be built; see $cache/vimc.log."
  cp "$cache/$source/vimc.ko" "$kernel/"
fi

modules() {
  local module
  for module; do modprobe --dirname "$kernel" --set-version "$version" --show-depends "$module"; done |
    awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}
initial=$(mktemp --directory)
machine=
trap 'rm --recursive --force "$initial"; [[ -z $machine ]] || kill "$machine" 2>/dev/null || true' EXIT
mkdir "$initial/modules"
cp /bin/busybox "$initial/"
for module in $(modules virtio_pci 9pnet_virtio 9p overlay vivid v4l2-tpg); do
  [[ $module == */vivid.ko ]] && cp "$module" "$shared/" && continue
  cp "$module" "$initial/modules/"
  basename "$module" >>"$initial/order"
done
cp "$kernel/vimc.ko" "$shared/"
cp "$root/eng/cameras/init" "$initial/"
(cd "$initial" && find . | cpio --create --format newc --quiet | gzip) >"$cache/initrd.gz"
{
  printf 'root=%q\nprogram=%q\n' "$root" "$root/artifacts/bin/EdgeRuntime/release/edgecnn.dll"
  cat "$root/eng/cameras/guest.sh"
} >"$shared/guest.sh"
rm --force "$shared"/*.log

: >"$cache/console.log"
say "a virtual machine with cameras starts; it emulates its processors, so this takes some minutes."
folder() { printf 'local,id=%s,path=%s,security_model=none,multidevs=remap%s' "$1" "$2" "$3"; }
timeout "$limit" qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m 3072 -display none -no-reboot -serial stdio -monitor none \
  -kernel "$kernel/boot/vmlinuz-$version" -initrd "$cache/initrd.gz" -append 'console=ttyS0 quiet loglevel=1 panic=-1' \
  -fsdev "$(folder machine / ,readonly=on)" -device virtio-9p-pci,fsdev=machine,mount_tag=machine \
  -fsdev "$(folder shared "$shared" '')" -device virtio-9p-pci,fsdev=shared,mount_tag=shared </dev/null >"$cache/console.log" &
machine=$!
tail --follow --pid="$machine" --lines=+1 "$cache/console.log" 2>/dev/null | sed --unbuffered 's|[\r\x00]||g' |
  grep --text --line-buffered --extended-regexp '^(ok|FAILED|said|done)( |:|$)' | tee "$cache/trials.log" || true
wait "$machine" || say "the virtual machine was stopped after $limit s, or did not start; see $cache/console.log."
machine=

ok=$(grep --count '^ok ' "$cache/trials.log") || true
failed=$(grep --count '^FAILED ' "$cache/trials.log") || true
grep --quiet '^done' "$cache/trials.log" || { say "the trial did not come to its end; see $cache/console.log."; failed=$((failed + 1)); }
echo "$ok ok, $failed failed"
((failed == 0))
