#!/usr/bin/env bash
# kill-test.sh [KILLS]: the long form of the crash and concurrency tests. Writers of every kind (the core's own calls, the helpers, Python,
# Node, and the bash builtins where they were built) are killed KILLS times (default: 10000) in every kind of space, while readers
# check; then eight processes set a million values each. Prints a table; ends with 1 when anything was torn, lost or blocked.
# Needs the right to mount a tmpfs, and 4 GiB in /dev/shm.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

kills=${1:-10000}
build=native/build-plain
cmake -S native -B "$build" -DCMAKE_BUILD_TYPE=RelWithDebInfo >/dev/null
cmake --build "$build" --parallel "$(nproc)" --target kill_storm concurrency_test otto otto-mmap-set >/dev/null

writers=("HELPER=$PWD/$build/otto-mmap-set"
  "Python=python3,native/test/kill/writer.py,clients/python,$build/libotto.so")
addon=build/Release/otto.node
[[ -e $addon ]] || { echo "kill-test: the addon is missing; run node scripts/install.mjs" >&2; exit 1; }
writers+=("Node=node,native/test/kill/writer.mjs,$addon")
builtins=build/Release/otto-bash-${BASH_VERSINFO[0]}.${BASH_VERSINFO[1]}.so
if [[ -e $builtins ]]; then
  writers+=("bash builtin=$BASH,native/test/kill/writer.sh,$builtins")
else
  echo "kill-test: without the bash builtins, which were not built here ($builtins)"
fi

failed=0
nice -n 5 "$build/test/kill/kill_storm" "$kills" "${writers[@]}" || failed=1
echo
echo "8 processes, 1,000,000 sets each, into one region:"
OTTO_TEST_SETS=1000000 nice -n 5 "$build/test/kill/concurrency_test" --gtest_brief=1 || failed=1
exit "$failed"
