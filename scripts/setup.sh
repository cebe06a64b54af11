# Sourced by test.sh and demo.sh in the package's directory: brings in what is missing, and only that.
# shellcheck shell=bash

# have_tool NAME: whether the Debian package NAME, or what otto needs from it, is there.
have_tool() {
  case $1 in
    libgtest-dev) [ -e /usr/include/gtest/gtest.h ] || [ -e /usr/local/include/gtest/gtest.h ] ||
      [ -e /opt/homebrew/include/gtest/gtest.h ] ;;
    # Only Linux's bash loads builtins.
    bash-builtins) [ -e /usr/include/bash/builtins.h ] || [ "$(uname)" = Darwin ] ;;
    graphviz) command -v dot > /dev/null ;;
    redis-tools) command -v redis-cli > /dev/null ;;
    python3-numpy) /usr/bin/python3 -c 'import numpy' 2> /dev/null ;;
    libclang-rt-14-dev) compgen -G '/usr/lib/llvm-14/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a' > /dev/null ;;
    *) command -v "$1" > /dev/null ;;
  esac
}

# install_tools NAME...: with apt-get for root, or Homebrew; fails where there is neither.
install_tools() {
  if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -qq -y --no-install-recommends "$@" > /dev/null 2>&1 && return
    apt-get update -qq && apt-get install -qq -y --no-install-recommends "$@" > /dev/null
  elif command -v brew > /dev/null; then
    # g++ and make are Apple's (xcode-select --install); the others have the same names, but for a few.
    local names=("${@/libgtest-dev/googletest}")
    names=("${names[@]/#redis-*/redis}")
    HOMEBREW_NO_AUTO_UPDATE=1 brew install --quiet "${names[@]/#python3-/}" > /dev/null
  else
    return 1
  fi
}

# need_tools NAME...: installs the missing packages when that is possible, else names them and fails.
need_tools() {
  local tool missing=()
  for tool in "$@"; do have_tool "$tool" || missing+=("$tool"); done
  [ "${#missing[@]}" = 0 ] && return
  echo "installing ${missing[*]} ..."
  install_tools "${missing[@]}" && return
  echo "missing: ${missing[*]} (Debian, Ubuntu: sudo apt-get install ${missing[*]};" \
    "macOS: xcode-select --install, brew install ${missing[*]/libgtest-dev/googletest})" >&2
  return 1
}

need_node() {
  command -v node > /dev/null && node -e 'process.exit(Number.parseInt(process.versions.node) >= 20 ? 0 : 1)' && return
  echo "missing: Node.js 20 or newer (found: $(node --version 2> /dev/null || echo none)); see https://nodejs.org" >&2
  return 1
}

# Dependencies, the compiled parts and the bundles. `npm ci` compiles and builds by itself.
build_all() {
  if node scripts/dependencies-current.mjs; then
    node scripts/install.mjs
    npm run --silent build
  else
    echo 'installing dependencies and building (about two minutes where better-sqlite3 has to be compiled) ...'
    npm ci --no-audit --no-fund --loglevel=error < /dev/null
  fi
}
