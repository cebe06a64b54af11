#!/usr/bin/env bash
# Runs a chain of TASKS tasks (default 50) with --fast, each of which reads the value of BYTES (1 GiB) that the one before has set
# and sets one as large, and prints how much of /dev/shm the run took at most. Ends with 1 when that was 4 values or more.
# Usage: scripts/chain-peak.sh [TASKS [BYTES]]    needs TASKS x BYTES on the disk of $TMPDIR, for history
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tasks=${1:-50} bytes=${2:-1073741824} cli=$PWD/dist/cli.js
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/home"

{
  printf 'tasks:\n  t1: {bash: "head -c %s /dev/zero | otto.set value -"}\n' "$bytes"
  for ((i = 2; i <= tasks; i++)); do
    printf '  t%d: {before: [t%d], bash: "otto.get t%d.value | otto.set value -"}\n' "$i" "$((i - 1))" "$((i - 1))"
  done
} > "$work/otto.yml"

cd "$work"
OTTO_HOME=$work/home node "$cli" run --fast -q "t$tasks" &
run=$!
used() { du -sk "/dev/shm/otto-$(id -u)" 2> /dev/null | cut -f 1; }
peak=0 samples=0
while kill -0 "$run" 2> /dev/null; do
  now=$(used || :)
  if ((${now:-0} > peak)); then peak=$now; fi
  samples=$((samples + 1))
  sleep 0.01
done
wait "$run"
spilled=$(find "$work/home/spill" -type f 2> /dev/null | wc -l)
awk -v peak="$peak" -v bytes="$bytes" -v tasks="$tasks" -v samples="$samples" -v spilled="$spilled" 'BEGIN {
  printf "%d tasks, %.2f GiB each: at most %.2f GiB (%.2f values) in shared memory, seen %d times; %d files on disk\n",
    tasks, bytes / 1073741824, peak / 1048576, peak * 1024 / bytes, samples, spilled
  exit peak * 1024 >= 4 * bytes
}'
