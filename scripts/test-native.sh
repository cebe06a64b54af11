#!/usr/bin/env bash
# Builds and runs the C++ tests three times: plain, with AddressSanitizer and UndefinedBehaviorSanitizer, and (the tests of
# threads only) with ThreadSanitizer. Then, on Linux, fuzzes the readers for half a minute. Some tests mount a small tmpfs,
# change a file's owner or act as another user: they need root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

packages=()
command -v cmake >/dev/null || packages+=(cmake)
command -v make >/dev/null || packages+=(make)
command -v g++ >/dev/null || packages+=(g++)
command -v patch >/dev/null || packages+=(patch)
[[ -e /usr/include/gtest/gtest.h ]] || packages+=(libgtest-dev)
if ((${#packages[@]})); then
  if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
    echo "test-native: these packages are needed: ${packages[*]} (Debian's names)" >&2
    exit 1
  fi
  apt-get install -y -q "${packages[@]}" >/dev/null || { apt-get update -q && apt-get install -y -q "${packages[@]}"; } >/dev/null
fi

jobs=$(getconf _NPROCESSORS_ONLN)
failed=0
run() { # name, cmake options
  local build="native/build-$1"
  shift
  cmake -S native -B "$build" "$@" >/dev/null
  # What cannot be built cannot fail as a test: a mutant that no longer applies, for one.
  cmake --build "$build" --parallel "$jobs" -- -k 2>&1 | { grep -E 'error|warning|\*\*\*' || true; } || failed=1
  echo "== $build"
  ctest --test-dir "$build" --output-on-failure --parallel "$jobs" --no-tests=error || failed=1
}

run plain -DCMAKE_BUILD_TYPE=RelWithDebInfo
run asan -DCMAKE_BUILD_TYPE=Debug -DOTTO_ASAN=ON
run tsan -DCMAKE_BUILD_TYPE=RelWithDebInfo -DOTTO_TSAN=ON
if [ "$(uname)" = Linux ]; then
  echo '== fuzz'
  bash scripts/fuzz.sh 30 || failed=1
fi
exit "$failed"
