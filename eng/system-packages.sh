# Installs Debian packages that are missing; sourced by scripts that need some.

# Says one sentence and ends the script.
fail() {
  printf 'edgecnn: %s\n' "$*" >&2
  exit 1
}

say() { printf 'edgecnn: %s\n' "$*" >&2; }

# require_packages WHY PACKAGE...: returns when every package is installed.
require_packages() {
  local why=$1 package
  shift
  command -v dpkg-query >/dev/null ||
    fail "this is neither Debian nor Ubuntu; install what they call $* (for $why), then set EDGECNN_NO_APT=1 and start again."
  local missing=()
  for package; do
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
  done
  ((${#missing[@]} == 0)) && return

  local sudo=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || fail "$why: as root, run: apt-get install ${missing[*]}"
    sudo=(sudo)
  fi
  say "$why: installing ${missing[*]} with apt-get${sudo:+ (sudo may ask for your password)}."
  local apt=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300) log
  log=$("${apt[@]}" update 2>&1) || say "the package lists could not be refreshed; going on with those of this machine."
  log=$("${apt[@]}" install --yes --no-install-recommends "${missing[@]}" 2>&1) || {
    printf '%s\n' "$log" >&2
    fail "apt-get could not install ${missing[*]}; see its message above, and check the network."
  }
}

if [[ -n ${EDGECNN_NO_APT:-} ]]; then
  require_packages() { :; }
fi
