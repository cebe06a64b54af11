#!/usr/bin/env bash
# Fuzzes the readers of shared memory and of what otto answers on a socket: scripts/fuzz.sh [SECONDS], shared out among the targets (30). What native/fuzz/corpus
# holds is run first. Ends with 1 when something was found; the input is then in native/build-fuzz/found.
#   scripts/fuzz.sh --keep [SECONDS]   also takes what reached new code into the corpus, minimised
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/setup.sh

keep=0
if [ "${1:-}" = --keep ]; then
  keep=1
  shift
fi
seconds=${1:-30}
targets=(region chain race answer)

need_tools cmake make clang-14 libclang-rt-14-dev
build=native/build-fuzz
found=$build/found
cmake -S native -B "$build" -DCMAKE_C_COMPILER=clang-14 -DCMAKE_CXX_COMPILER=clang++-14 \
  -DCMAKE_BUILD_TYPE=RelWithDebInfo -DOTTO_FUZZ=ON > /dev/null
cmake --build "$build" --parallel "$(getconf _NPROCESSORS_ONLN)" | grep -E 'error|warning|\*\*\*' || true
mkdir -p "$found"

parent=/dev/shm
[ -d "$parent" ] || parent=${TMPDIR:-/tmp}
OTTO_FUZZ_DIR=$(mktemp -d "$parent/otto-fuzz.XXXXXX")
export OTTO_FUZZ_DIR
# Less of what costs time here: freed memory that is kept aside, and stacks of allocations.
export ASAN_OPTIONS=quarantine_size_mb=8:malloc_context_size=4
trap 'rm -rf "$OTTO_FUZZ_DIR"' EXIT

fuzz() { # target
  local target=$1 log=$build/$1.log options=(-timeout=20 -rss_limit_mb=2048 -print_final_stats=1)
  mkdir -p "native/fuzz/corpus/$target" "$build/corpus/$target"
  if ! "$build/fuzz/${target}_fuzz" "${options[@]}" -max_total_time=$((seconds / ${#targets[@]})) -artifact_prefix="$found/$target-" \
    "$build/corpus/$target" "native/fuzz/corpus/$target" > "$log" 2>&1; then
    tail -n 40 "$log"
    echo "fuzz: $target found something; to see it again: $build/fuzz/${target}_fuzz $found/$target-..."
    return 1
  fi
  printf 'fuzz: %-6s %s, %s\n' "$target" "$(grep -oE 'Done [0-9]+ runs' "$log" || echo 'Done 0 runs')" \
    "$(grep -aoE 'cov: [0-9]+ ft: [0-9]+' "$log" | tail -n 1)"
}

# The smallest set of inputs that reaches all the code that the old corpus and the new finds reach.
keep_finds() { # target
  local kept=native/fuzz/corpus/$1 merged=$OTTO_FUZZ_DIR/merged
  mkdir "$merged"
  "$build/fuzz/$1_fuzz" -set_cover_merge=1 -use_counters=0 -use_cmp=0 "$merged" "$kept" "$build/corpus/$1" > "$build/$1-merge.log" 2>&1
  rm -rf "$kept" "$build/corpus/$1"
  mv "$merged" "$kept"
}

failed=0
for target in "${targets[@]}"; do fuzz "$target" || failed=1; done
if [ "$keep" = 1 ] && [ "$failed" = 0 ]; then
  for target in "${targets[@]}"; do keep_finds "$target"; done
fi
exit "$failed"
