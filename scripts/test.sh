#!/usr/bin/env bash
# Builds what is missing and passes all tests: format, lint, types, C++ format, shell scripts, native tests, vitest.
# Ends with one line, `N passed, N failed`, and exits with 1 when anything failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/setup.sh

need_node
need_tools g++ make cmake python3 python3-numpy bash-builtins libgtest-dev shellcheck sqlite3 graphviz zsh fish redis-server redis-tools
# Other versions of clang-format disagree with this one, which Homebrew does not have: Linux checks for all.
[ "$(uname)" = Darwin ] || need_tools clang-format-14
build_all

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
failed=()

# step NAME COMMAND...: every step runs, whatever the others said.
step() {
  printf '\n== %s\n' "$1"
  "${@:2}" || failed+=("$1")
}

native_tests() { bash scripts/test-native.sh 2>&1 | tee "$results/native.log"; }

step 'format, lint and types' npm run --silent check
[ "$(uname)" = Darwin ] || step 'C++ format' bash -c 'git ls-files -z "native/*.h" "native/*.cc" "helpers/*" ":!native/vendor" | xargs -0 clang-format-14 --dry-run --Werror'
# The scripts of the markers example are what it checks: one of them is wrong on purpose.
step 'shell scripts' bash -c 'git ls-files -z "*.sh" "*.bash" bin .ci/run ":!examples/markers/scripts" | xargs -0 shellcheck -x'
step 'native tests' native_tests
# Not through npx, which adds a dozen variables to the environment that the tests look at.
step 'tests' node node_modules/vitest/vitest.mjs run --reporter=default --reporter=json --outputFile.json="$results/vitest.json"

[ "${#failed[@]}" = 0 ] || printf '\nfailed: %s\n' "$(printf '%s; ' "${failed[@]}" | sed 's/; $//')"
node scripts/count-results.mjs "$results" "${#failed[@]}"
