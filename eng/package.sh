#!/usr/bin/env bash
# package.sh [x64|arm64]...: makes the Debian package and the release archive of each (both by default), with checksums, in
# artifacts/packages. The program is compiled ahead (ReadyToRun) and brings .NET along where NuGet has that runtime.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/eng/system-packages.sh"
out=$root/artifacts/packages
version=$(sed --quiet 's|.*<Version>\(.*\)</Version>.*|\1|p' "$root/Directory.Build.props")
export MSBUILDTERMINALLOGGER=off MSBUILDDISABLENODEREUSE=1 DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

publish() {
  local rid=$1 folder=$2 log
  local options=(--configuration Release --runtime "$rid" --output "$folder" --verbosity quiet
    -p:PublishReadyToRun=true -p:DebugType=none -p:SatelliteResourceLanguages=en -p:PublishDocumentationFiles=false)
  if log=$(dotnet publish "$root/src/EdgeRuntime" "${options[@]}" --self-contained true 2>&1); then
    echo self-contained
  elif [[ $log == *NU1101* || $log == *NU1102* ]] &&
    log=$(dotnet publish "$root/src/EdgeRuntime" "${options[@]}" --self-contained false 2>&1); then
    say "NuGet has no .NET runtime for $rid: the package needs one on the machine it is installed on."
    echo framework-dependent
  else
    fail "publishing for $rid failed: $(grep --max-count=3 error <<<"$log" || tail -3 <<<"$log")"
  fi
}

# A stand-in holds the native library of this machine only; that for ARM64 is made beside it.
bring_standins() {
  local rid=$1 folder=$2
  [[ $rid == linux-arm64 && $(uname -m) == x86_64 ]] || return 0
  "$root/eng/standins/build.sh" "$rid" || return 0
  find "$root/artifacts/standins/native/$rid" -name '*.so' -exec cp --target-directory "$folder" {} +
}

# The packages that hold the libraries which the program's own native ones link, beyond the C and C++ runtime.
libraries() {
  local folder=$1 library file
  find "$folder" -name '*.so*' -type f -exec objdump --private-headers {} + 2>/dev/null | sed --quiet 's/ *NEEDED *//p' | sort --unique |
    while read -r library; do
      [[ -e $folder/$library ]] && continue
      file=$(/sbin/ldconfig -p | sed --quiet "s|^\s*$library (.*) => ||p" | head -1)
      [[ -n $file ]] && dpkg-query --search "$(readlink --canonicalize "$file")" 2>/dev/null | sed 's/:.*//'
    done | sort --unique | grep --invert-match --line-regexp --extended-regexp 'libc6|libgcc-s1|libstdc\+\+6|lib(ld|lttng|ssl).*' || true
}

make_package() {
  local architecture=$1 rid=linux-$1 debian tree work kind depends
  debian=${architecture/x64/amd64}
  work=$out/work-$architecture tree=$work/root
  rm --recursive --force "$work"
  mkdir --parents "$tree"/usr/{bin,lib/systemd/system,lib/udev/rules.d,share/edgecnn,share/doc/edgecnn} "$tree"/etc/edgecnn

  say "publishing for $rid."
  kind=$(publish "$rid" "$tree/usr/lib/edgecnn")
  bring_standins "$rid" "$tree/usr/lib/edgecnn"
  chmod 644 "$tree"/usr/lib/edgecnn/*.{dll,so,json}
  if [[ $kind == self-contained ]]; then
    chmod 755 "$tree/usr/lib/edgecnn/edgecnn"
    ln --symbolic ../lib/edgecnn/edgecnn "$tree/usr/bin/edgecnn"
    depends="libc6 (>= 2.34), libgcc-s1, libstdc++6"
  else
    printf '#!/bin/sh\nexec dotnet /usr/lib/edgecnn/edgecnn.dll "$@"\n' >"$tree/usr/bin/edgecnn"
    chmod 755 "$tree/usr/bin/edgecnn"
    depends="dotnet-runtime-10.0"
  fi
  if [[ -n $(find "$tree/usr/lib/edgecnn" -name '*pencv*.so' -print -quit) ]]; then
    while read -r library; do depends+=", $library"; done < <(libraries "$tree/usr/lib/edgecnn")
  else
    say "the package for $architecture has no OpenCV: NuGet lacks OpenCvSharp4's native library for it, and no stand-in could be made."
  fi

  cp "$root/deploy/edgecnn.service" "$tree/usr/lib/systemd/system/"
  cp "$root/deploy/60-edgecnn.rules" "$tree/usr/lib/udev/rules.d/"
  cp "$root"/config/edgecnn*.json "$tree/etc/edgecnn/"
  cp --recursive "$root/firmware" "$tree/usr/share/edgecnn/"
  cp "$root"/models/*.md "$tree/usr/share/doc/edgecnn/"
  cp "$root/README.md" "$tree/usr/share/doc/edgecnn/"
  cp "$root/LICENSE" "$tree/usr/share/doc/edgecnn/copyright"

  mkdir "$work/DEBIAN"
  cp "$root"/deploy/debian/* "$work/DEBIAN/"
  echo /etc/edgecnn/edgecnn.json >"$work/DEBIAN/conffiles"
  cat >"$work/DEBIAN/control" <<EOF
Package: edgecnn
Version: $version
Architecture: $debian
Maintainer: EdgeCnn
Section: science
Priority: optional
Installed-Size: $(du --summarize --block-size=1K "$tree" | cut --fields=1)
Depends: $depends
Description: edge and robot vision runtime
 Looks through a camera, finds objects with a convolutional network, and tells
 a microcontroller over a serial port: a daemon for robots.
EOF
  say "packing edgecnn_${version}_$debian.deb ($kind)."
  echo "$architecture" >"$work/architecture"
  cp "$root/deploy/install.sh" "$root"/deploy/debian/{postinst,prerm,postrm} "$work/"
  tar --create --gzip --owner=0 --group=0 --transform "s|^\.|edgecnn-$version-$rid|S" --exclude ./DEBIAN --directory "$work" \
    --file "$out/edgecnn-$version-$rid.tar.gz" .
  mv "$work/DEBIAN" "$tree/DEBIAN"
  dpkg-deb --root-owner-group -Zxz -z1 --build "$tree" "$out/edgecnn_${version}_$debian.deb" >/dev/null
  rm --recursive "$work"
}

for architecture in "$@"; do [[ $architecture == x64 || $architecture == arm64 ]] || fail "usage: eng/package.sh [x64|arm64]..."; done
require_packages "packages are made with" dpkg binutils
"$root/eng/standins/build.sh"
mkdir --parents "$out"
(($# > 0)) || set -- x64 arm64
for architecture in "$@"; do make_package "$architecture"; done
(cd "$out" && sha256sum -- *.deb *.tar.gz >SHA256SUMS)
ls -l --human-readable "$out"
