#!/usr/bin/env bash
# Ends what tests have left running, and removes what they have left in their directory: when vitest ends, and also when it is killed.
#
# Standard input: a line with the directory, then a line when vitest ends in order. Its end alone means that vitest was killed.
# A process is of the tests when it works in the directory. When vitest was killed, also when its environment names the directory:
# such are the workers of vitest.
set -u
cd / || exit
IFS= read -r directory
[[ $directory == */otto-tests-* ]] || exit
killed=1
read -r _ && killed=

is_of_tests() {
  [[ $(readlink "$1/cwd" 2>/dev/null)/ == "$directory"/* ]] && return
  [[ $killed ]] && grep -qaF "$directory" "$1/environ" 2>/dev/null
}

for _ in {1..50}; do
  found=
  for process in /proc/[0-9]*; do
    pid=${process##*/}
    if [[ $pid != "$$" ]] && is_of_tests "$process"; then
      kill -9 "$pid" 2>/dev/null
      found=1
    fi
  done
  [[ $found ]] || break
done
rm -rf --one-file-system "$directory"
