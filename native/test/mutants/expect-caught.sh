#!/bin/sh
# expect-caught.sh SECONDS PROGRAM ARGUMENT...: 0 when the test program fails or crashes; 1 when all its tests pass, or none ends in time.
seconds=$1
shift
output=$(mktemp)
trap 'rm -f "$output"' EXIT
timeout --kill-after=5 "$seconds" "$@" >"$output" 2>&1
code=$?
head -c 4000 "$output"
if grep -q 'Running 0 tests' "$output"; then
  echo "no test has this name: $*"
  exit 1
fi
if [ "$code" -eq 0 ]; then
  echo "NOT CAUGHT: every test passes although the code is broken"
  exit 1
fi
# Too slow (124, 137) or not to be started (126, 127) is no success of any test.
case $code in
  124 | 126 | 127 | 137) exit 1 ;;
esac
echo "caught (exit code $code)"
