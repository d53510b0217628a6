#!/usr/bin/env bash
# try-package.sh PACKAGE.deb ARCHIVE.tar.gz: the whole life of both under a systemd of their own, in namespaces and an overlay
# of this machine's files, so that nothing of it stays: install, run, hang, stop, wrong settings, remove, purge. Needs root.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/eng/system-packages.sh"
(($# >= 2)) || fail "usage: eng/try-package.sh PACKAGE.deb ARCHIVE.tar.gz"
package=$(readlink --canonicalize-existing "$1") archive=$(readlink --canonicalize-existing "$2")
work=${4:-$(mktemp --directory)}
machine=$work/machine

skip() {
  echo "skipped: $*"
  exit 0
}

((EUID == 0)) || skip "a systemd of its own needs root."
command -v unshare >/dev/null && [[ -x /lib/systemd/systemd ]] || skip "there is no systemd on this machine."

boot() {
  mount -t tmpfs tmpfs "$work"
  mkdir "$work"/{upper,work,machine}
  mount -t overlay overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/work" "$machine"
  mount -t proc proc "$machine/proc"
  mount --rbind /sys "$machine/sys"
  mount --rbind /dev "$machine/dev"
  mount -t tmpfs tmpfs "$machine/run"
  cp "$package" "$machine/run/edgecnn.deb"
  mkdir "$machine/run/archive"
  tar --extract --file "$archive" --directory "$machine/run/archive" --strip-components 1
  # Only what the package needs is started: no login, no devices, no other services.
  rm --recursive --force "$machine"/etc/systemd/system/*.wants "$machine"/usr/lib/systemd/system/*.wants
  exec chroot "$machine" env --ignore-environment container=edgecnn PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --unit=basic.target --log-target=null --show-status=no
}
[[ ${3:-} != boot ]] || boot

unshare --mount --pid --fork --uts --ipc --kill-child "${BASH_SOURCE[0]}" "$package" "$archive" boot "$work" >"$work.log" 2>&1 &
outer=$!
trap 'kill -KILL $outer 2>/dev/null; wait $outer 2>/dev/null || true; rmdir "$work"; rm --force "$work.log"' EXIT
init() { pgrep --parent "$outer"; }
inside() { nsenter --target "$(init)" --mount --pid --uts --ipc --root --wd "$@"; }

for ((i = 0; ; i++)); do
  [[ $(init >/dev/null && inside systemctl is-active basic.target 2>/dev/null) == active ]] && break
  kill -0 $outer 2>/dev/null || skip "namespaces and overlays are not allowed here: $(tail -1 "$work.log")"
  ((i < 100)) || skip "a systemd of its own does not start here."
  sleep 0.2
done

# expect WHAT SECONDS COMMAND...: waits until the command succeeds.
expect() {
  local what=$1 seconds=$2 i
  shift 2
  for ((i = 0; i < 5 * seconds; i++)); do
    if "$@" >/dev/null 2>&1; then
      echo "ok: $what"
      return
    fi
    sleep 0.2
  done
  inside systemctl status edgecnn --no-pager || true
  fail "this did not come true in $seconds s: $what"
}
property() { inside systemctl show edgecnn --property "$1" --value; }
is() { [[ $(property "$1") == "$2" ]]; }
isnt() { [[ $(property "$1") != "$2" ]]; }
gone() { ! inside test -e "$1"; }

inside dpkg --install /run/edgecnn.deb >/dev/null
inside edgecnn --version
inside edgecnn zoo squeezenet --export /var/model.onnx >/dev/null
settings() { inside sh -c "echo '$1' >/etc/edgecnn/edgecnn.json"; }
settings '{ "Camera": { "Source": "pattern" }, "Model": { "Path": "/var/model.onnx" }, "Link": { "Port": "virtual" } }'

inside systemctl enable --now edgecnn 2>/dev/null
expect "the service is ready after its first frame" 30 is ActiveState active
expect "it tells its state" 10 isnt StatusText ""
echo "    $(property StatusText)"
echo "    as $(inside ps -o user=,rss= "$(property MainPID)" | tr --squeeze-repeats ' ' | sed 's/ / with /;s/$/ KB/')"
main=$(property MainPID)
settings '{ "Camera": { "Source": "pattern" }, "Model": { "Path": "/var/model.onnx", "Top": 3 }, "Link": { "Port": "virtual" } }'
inside systemctl reload edgecnn
sleep 2
expect "an edit is read again without a restart" 1 is MainPID "$main"
expect "and the service goes on" 1 is ActiveState active
inside kill -STOP "$main"
expect "a hung daemon is replaced by the watchdog" 40 isnt MainPID "$main"
expect "and is ready again" 30 is ActiveState active
inside systemctl stop edgecnn
expect "it ends cleanly when asked to" 1 is Result success
settings '{ "Camera": { "Sorce": "pattern" } }'
inside systemctl start edgecnn 2>/dev/null || true
expect "a mistake in the settings ends it with exit code 2" 20 is ExecMainStatus 2
expect "and is not tried again and again" 5 is ActiveState failed
inside dpkg --remove edgecnn >/dev/null 2>&1
expect "removing takes the program away" 1 gone /usr/bin/edgecnn
expect "and the service" 1 is LoadState not-found
expect "and leaves the settings" 1 inside test -e /etc/edgecnn/edgecnn.json
inside dpkg --purge edgecnn >/dev/null 2>&1
expect "purging takes the settings too" 1 gone /etc/edgecnn
expect "and what the service has stored" 1 gone /var/lib/edgecnn

inside /run/archive/install.sh >/dev/null
expect "the archive installs the same program" 1 inside edgecnn --version
settings '{}'
inside /run/archive/install.sh >/dev/null
expect "installing again leaves the settings" 1 inside grep --quiet '^{}$' /etc/edgecnn/edgecnn.json
inside /run/archive/install.sh --remove
expect "removing takes the program away" 1 gone /usr/lib/edgecnn
expect "and leaves the settings" 1 inside test -e /etc/edgecnn/edgecnn.json
inside /run/archive/install.sh --purge
expect "purging takes the settings too" 1 gone /etc/edgecnn
