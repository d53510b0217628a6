#!/bin/sh
# install.sh puts EdgeCnn on this machine, as its Debian package does; install.sh --remove takes it away again and leaves the
# configuration in /etc/edgecnn; install.sh --purge takes that away too. For systems without dpkg; run it as root.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
fail() { echo "edgecnn: $*" >&2; exit 1; }

[ "$(id -u)" = 0 ] || fail "installing needs root: sudo $0 $*"
files() { (cd "$here/root" && find . -type f -o -type l) | cut -c2-; }

case "${1:-}" in
  '')
    case "$(uname -m)" in x86_64) machine=x64 ;; aarch64) machine=arm64 ;; *) machine=$(uname -m) ;; esac
    made_for=$(cat "$here/architecture")
    [ "$machine" = "$made_for" ] || fail "this archive is for $made_for and this machine is $machine; take the other archive."
    # Somebody's settings are worth more than the defaults.
    if [ -e /etc/edgecnn/edgecnn.json ]; then kept=--exclude=./etc/edgecnn/edgecnn.json; else kept=; fi
    (cd "$here/root" && tar --create $kept .) | tar --extract --directory / --no-same-owner --no-overwrite-dir
    "$here/postinst" configure
    ;;
  --remove | --purge)
    [ ! -e /usr/lib/systemd/system/edgecnn.service ] || "$here/prerm" remove
    files | grep --invert-match '^/etc/' | while read -r file; do rm -f "$file"; done
    find /usr/lib/edgecnn /usr/share/edgecnn /usr/share/doc/edgecnn -type d -empty -delete 2>/dev/null || true
    "$here/postrm" "$([ "$1" = --purge ] && echo purge || echo remove)"
    ;;
  *) fail "usage: install.sh [--remove|--purge]" ;;
esac
