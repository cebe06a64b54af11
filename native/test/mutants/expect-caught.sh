#!/bin/sh
# expect-caught.sh SECONDS PROGRAM ARGUMENT...: 0 when the test program fails, crashes or hangs; 1 when all its tests pass.
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
# 126 and 127: it could not be started, which is no success of any test.
[ "$code" -ne 126 ] && [ "$code" -ne 127 ] && echo "caught (exit code $code)"
