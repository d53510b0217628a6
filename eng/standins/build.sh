#!/usr/bin/env bash
# Packs a stand-in for each NuGet package that the configured NuGet sources lack; see README.md beside this file.
# Does nothing, quickly, when what it would make is there already.
#
#   build.sh              the packages
#   build.sh linux-arm64  on an x64 machine: their native libraries for ARM64 too, for a package of the program that is made here
set -euo pipefail
shopt -s inherit_errexit

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$root/artifacts/standins
feed=$work/feed
source "$here/../system-packages.sh"
source "$here/../debian-arm64.sh"

# The package and the version that Directory.Packages.props asks for.
opencv=OpenCvSharp4
onnxruntime=Microsoft.ML.OnnxRuntime
ports=System.IO.Ports
opencv_modules=(libopencv-core libopencv-imgproc libopencv-imgcodecs libopencv-videoio)

case $(uname -m) in
  x86_64) rid=linux-x64 ;;
  aarch64) rid=linux-arm64 ;;
  *) fail "there are no stand-in packages for $(uname -m); EdgeCnn is built on x86_64 and aarch64." ;;
esac
native=$work/native/$rid

# What the stand-ins are made of: these files, the machine, and its OpenCV.
inputs() {
  local opencv_library
  opencv_library=$(readlink -f "/usr/lib/$(uname -m)-linux-gnu/libopencv_core.so" || true)
  {
    echo "$rid $opencv_library"
    find "$here" -type f ! -name '*.md' -print0 | sort --zero-terminated | xargs --null sha256sum
    grep --extended-regexp "\"($opencv|$onnxruntime|$ports)\"" "$root/Directory.Packages.props"
  } | sha256sum | cut --characters=1-16
}

up_to_date() { [[ -f $feed/.inputs && $(<"$feed/.inputs") == "$(inputs)" ]]; }

version_asked() { sed --quiet "s/.*Include=\"$1\" Version=\"\([^\"]*\)\".*/\1/p" "$root/Directory.Packages.props"; }

# Asks NuGet itself, with this machine's configuration: a project that references all three, and OpenCvSharp4's native
# packages, is restored; where one of those is missing, OpenCvSharp4 is. The versions
# are exact, because NuGet would accept a stand-in that an earlier build left among the unpacked packages.
missing_packages() {
  local probe=$work/probe package log
  mkdir -p "$probe"
  cp "$here/Directory.Packages.props" "$probe/Directory.Packages.props"
  {
    echo '<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup><ItemGroup>'
    for package in "$opencv" "$opencv.official.runtime.linux-x64" "$opencv.runtime.linux-arm64" "$onnxruntime" "$ports"; do
      echo "<PackageReference Include=\"$package\" Version=\"[$(version_asked "$package")]\" />"
    done
    echo '</ItemGroup></Project>'
  } >"$probe/probe.csproj"
  echo '<Project />' >"$probe/Directory.Build.props"

  if log=$(dotnet restore "$probe/probe.csproj" --verbosity quiet 2>&1); then
    return
  fi
  if grep --quiet 'NU1301' <<<"$log"; then
    log=$(grep --max-count=1 NU1301 <<<"$log")
    fail "no NuGet source answers; connect this machine to the network and start again. NuGet says: ${log#*NU1301: }"
  fi
  for package in "$opencv" "$onnxruntime" "$ports"; do
    if grep --quiet --extended-regexp "NU110[1-3].* $package( |\.)" <<<"$log"; then
      echo "$package"
    fi
  done
  grep --quiet --extended-regexp 'NU110[1-3]' <<<"$log" || fail "NuGet could not restore a project; it says: $log"
}

pack() {
  local package=$1 log
  shift
  say "packing the stand-in of $package, which this machine's NuGet sources lack."
  log=$(dotnet pack "$here/$package" --configuration Release --verbosity quiet -nodeReuse:false \
    -p:StandInInputs="$(inputs)" -p:NativeFolder="$native" -p:NativeRid="$rid" "$@" 2>&1) ||
    fail "the stand-in of $package does not build: $log"

  forget_unpacked "$package"
}

# NuGet unpacks a version once, prefers what it has unpacked, and never looks again whether the package changed.
forget_unpacked() {
  local unpacked=${NUGET_PACKAGES:-$HOME/.nuget/packages}/${1,,} specification
  for specification in "$unpacked"/*/*.nuspec; do
    if [[ -f $specification ]] && grep --quiet '<authors>stand-in</authors>' "$specification"; then
      rm --recursive --force "${specification%/*}"
    fi
  done
}

pack_opencv() {
  require_packages "OpenCV reads cameras and videos, and a C++ compiler builds the bridge to it" \
    g++ "${opencv_modules[@]/%/-dev}" gstreamer1.0-plugins-base
  compile_bridge g++ "$native" "${opencv_modules[@]/libopencv-/-lopencv_}"
  pack "$opencv"
}

# compile_bridge COMPILER FOLDER CORE IMGPROC IMGCODECS VIDEOIO: the linker's options for OpenCV's modules.
compile_bridge() {
  local compiler=$1 folder=$2 core=$3 imgproc=$4 imgcodecs=$5 videoio=$6
  mkdir -p "$folder"
  compile_library libopencv_shim "$here/$opencv"/shim/{core,imgproc}.cpp "$core" "$imgproc"
  compile_library libopencv_shim_imgcodecs "$here/$opencv/shim/imgcodecs.cpp" -L"$folder" -lopencv_shim "$core" "$imgcodecs"
  compile_library libopencv_shim_videoio "$here/$opencv/shim/videoio.cpp" -L"$folder" -lopencv_shim "$core" "$videoio"
}

compile_library() { # NAME SOURCE-OR-OPTION...
  "$compiler" -std=c++17 -O2 -Wall -Wextra -shared -fPIC -fvisibility=hidden -isystem /usr/include/opencv4 \
    -Wl,-soname,"$1.so" -Wl,-rpath,\$ORIGIN -o "$folder/$1.so" "${@:2}" >&2 ||
    fail "the bridge to OpenCV does not compile; see the compiler's message above."
}

# fetch NPM-PACKAGE VERSION SHA512 FOLDER PATTERN...: unpacks the matching files of a package of the npm registry.
fetch() {
  local name=$1 version=$2 sha512=$3 folder=$4 registry=${NPM_REGISTRY:-https://registry.npmjs.org}
  shift 4
  [[ -f $folder/.complete ]] && return
  require_packages "the stand-in of $onnxruntime is downloaded" curl ca-certificates
  local url=$registry/$name/-/$name-$version.tgz archive=$folder/package.tgz
  say "downloading $url"
  mkdir -p "$folder"
  curl --fail --silent --show-error --location --retry 3 --output "$archive" "$url" ||
    fail "$url cannot be downloaded; connect this machine to the network and start again."
  echo "$sha512  $archive" | sha512sum --check --status ||
    fail "$url is not the file that was expected (its SHA-512 differs); nothing of it is used."
  tar --extract --gzip --file "$archive" --directory "$folder" --strip-components=1 --no-same-owner --wildcards "$@"
  rm "$archive"
  touch "$folder/.complete"
}

# The C# binding of ONNX Runtime 1.29 as Unity projects get it brings its library for x64; that for ARM64 is in Node's package.
pack_onnxruntime() {
  local binding=$work/fetched/onnxruntime-binding
  fetch com.github.asus4.onnxruntime 0.4.9 \
    064cf176e499f4891e0cfe90f25cf64c553689eee1492bd2ed921fccca28131a2ad02373267bae19a509ec8b288c182a3b8a2e0f58d76a1f0e63225b08ddbd16 \
    "$binding" 'package/Runtime/*' 'package/Plugins/Linux/x64/libonnxruntime.so' 'package/LICENSE' 'package/ThirdPartyNotices.txt'
  mkdir -p "$native"
  if [[ $rid == linux-arm64 ]]; then
    fetch_onnxruntime_arm64 "$native"
  else
    cp "$binding/Plugins/Linux/x64/libonnxruntime.so" "$native/"
  fi
  pack "$onnxruntime" -p:BindingFolder="$binding"
}

fetch_onnxruntime_arm64() { # FOLDER
  local fetched=$work/fetched/onnxruntime-node
  fetch onnxruntime-node 1.30.0 \
    b7086cd42d82fc1164cf5c9ce4e634288536194aba0d444eee10f86f1e50d90cb79c0309c115d6f31537355733136f5503d96894b3987a9a03f1f8d318e7c8ab \
    "$fetched" 'package/bin/napi-v6/linux/arm64/libonnxruntime.so.1'
  cp "$fetched/bin/napi-v6/linux/arm64/libonnxruntime.so.1" "$1/libonnxruntime.so"
}

# By a cross compiler, against the OpenCV of the same distribution for ARM64.
cross() {
  local folder=$work/native/linux-arm64 archives=$debian_arm64/archives module library packages=() libraries=() log
  [[ $rid == linux-x64 ]] || return 0
  [[ -f $folder/.inputs && $(<"$folder/.inputs") == "$(inputs)" ]] && return
  rm --recursive --force "$folder"
  mkdir -p "$folder" "$archives"
  if has "$opencv"; then
    require_packages "the bridge to OpenCV is compiled for ARM64" g++-aarch64-linux-gnu
    for module in "${opencv_modules[@]}"; do
      library=$(readlink -f "/usr/lib/x86_64-linux-gnu/${module/-/_}.so")
      packages+=("$(dpkg-query --search "$library" | sed 's/:.*//')")
      libraries+=("$debian_arm64/root/usr/lib/aarch64-linux-gnu/${library##*/}")
    done
    log=$(cd "$archives" && apt_arm64 download "${packages[@]}" 2>&1) || fail "OpenCV for ARM64 cannot be had by apt-get: $log"
    unpack_arm64
    compile_bridge aarch64-linux-gnu-g++ "$folder" "${libraries[@]}"
  fi
  ! has "$onnxruntime" || fetch_onnxruntime_arm64 "$folder"
  inputs >"$folder/.inputs"
}

has() { compgen -G "$feed/$1.*.nupkg" >/dev/null; }

main() {
  case ${1:-} in
    '') ! up_to_date || return 0 ;;
    linux-arm64) ;;
    *) fail "usage: eng/standins/build.sh [linux-arm64]" ;;
  esac
  # --close: a compiler server that outlives this build must not inherit the lock.
  if [[ ${EDGECNN_STANDINS_LOCK:-} != "$root" ]]; then
    mkdir -p "$work"
    EDGECNN_STANDINS_LOCK=$root exec flock --close "$work/.lock" "${BASH_SOURCE[0]}" "$@"
  fi
  up_to_date || make_packages
  [[ -z ${1:-} ]] || cross
}

make_packages() {
  local missing package
  missing=$(missing_packages)
  rm --recursive --force "$feed"
  mkdir -p "$feed"
  for package in $missing; do
    case $package in
      "$opencv") pack_opencv ;;
      "$onnxruntime") pack_onnxruntime ;;
      "$ports") pack "$ports" ;;
    esac
  done
  inputs >"$feed/.inputs"
}

main "$@"
