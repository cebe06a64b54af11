#!/usr/bin/env bash
# Runs the example through files and through shared memory, checks that both leave the same JSON, and tells how long they
# took. Needs bash 5. OTTO names another otto than the one of this checkout.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")"
export OTTO_HOME=${OTTO_HOME:-$PWD/output/history}
program=${OTTO:-$PWD/../../dist/cli.js}
if [[ ! -x $program ]]; then
  echo "there is no $program: build otto first (npm install in its directory)" >&2
  exit 1
fi

# This directory's ottofile, whatever OTTOFILE says.
otto() {
  "$program" -o . "$@"
}

# run NAME [OPTION]...: sets $directory, and prints what the run took.
run() {
  local name=$1 start=$EPOCHREALTIME
  shift
  otto run "$@" > "output/$name.txt"
  local end=$EPOCHREALTIME
  directory=$(otto history latest | sed -n 's/^directory  *//p')
  printf '\n%s: %d ms in total\n' "$name" $(((${end/[.,]/} - ${start/[.,]/}) / 1000))
  otto history latest | awk '/^TASK /, /^$/ { if (NF) print "  " $0 }'
}

# same DIRECTORY DIRECTORY: whether both runs left the same values, byte for byte.
same() {
  local file count=0
  while IFS= read -r file; do
    cmp "$1/$file" "$2/$file"
    count=$((count + 1))
  done < <(cd "$1" && find tasks \( -name 'output.*.json' -o -path '*/values/*' \) -type f | LC_ALL=C sort)
  test "$count" -ge 4
  printf 'both runs left the same JSON: %d files compared\n' "$count"
}

mkdir -p output
run files --store files
files=$directory
run shared-memory --fast
fast=$directory
echo
cat "$fast/tasks/report/stdout.log"
same "$files" "$fast"
