# An ARM64 machine of this machine's distribution, as far as its packages go: they are fetched and unpacked here, and nothing is
# installed. Sourced after eng/system-packages.sh.
debian_arm64=$root/artifacts/debian-arm64

# apt_arm64 COMMAND...: apt-get as on that machine, where nothing is installed yet; with fresh lists.
apt_arm64() {
  local apt=(apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Install-Recommends=false -o APT::Sandbox::User=
    -o Debug::NoLocking=1 -o Dir::State="$debian_arm64" -o Dir::State::status=/dev/null -o Dir::Cache="$debian_arm64")
  mkdir --parents "$debian_arm64"/{lists/partial,archives/partial}
  [[ -n $(find "$debian_arm64/lists" -name '*_Packages*' -mtime -1 -print -quit) ]] || "${apt[@]}" update || return
  "${apt[@]}" "$@"
}

# unpack_arm64: what was fetched and is not unpacked yet, into the folder root of that machine.
unpack_arm64() {
  local archive
  mkdir --parents "$debian_arm64/root/.unpacked"
  for archive in "$debian_arm64"/archives/*.deb; do
    [[ -e $debian_arm64/root/.unpacked/${archive##*/} ]] && continue
    dpkg-deb --extract "$archive" "$debian_arm64/root"
    touch "$debian_arm64/root/.unpacked/${archive##*/}"
  done
}
