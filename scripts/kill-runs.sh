#!/usr/bin/env bash
# Kills RUNS (default 1000) runs with --fast by SIGKILL at random times, two at once, then starts one more and looks at what is left.
# Usage: scripts/kill-runs.sh [RUNS]        about a quarter of a second a run; needs root for a /dev/shm of its own
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export RUNS=${1:-1000} CLI=$PWD/dist/cli.js
WORK=$(mktemp -d)
export WORK OTTO_HOME=$WORK/home
trap 'rm -rf "$WORK"' EXIT

cat > "$WORK/otto.yml" <<'YAML'
otto: { retention: { auto_prune: false } }
tasks:
  a: { bash: 'otto.set k v; head -c 2000000 /dev/zero | otto.set large -; OUTPUT[x]=1' }
  b: { before: [a], python: 'OUTPUT["y"] = INPUT["a.x"]; OUTPUT["z"] = b"z" * 3000000' }
  c: { before: [b], node: 'OUTPUT.n = INPUT["b.y"]; OUTPUT.big = Buffer.alloc(2000000)' }
  none: { bash: 'true' }
YAML

# shellcheck disable=SC2016 # runs in a shell of its own, below
inside='
  set -euo pipefail
  mount -t tmpfs -o size=12m tmpfs /dev/shm    # so small that half of the runs spill
  cd "$WORK"
  round() {
    timeout -s KILL "0.$((RANDOM % 5))$((RANDOM % 10))" node "$CLI" run --fast -q c > /dev/null 2>&1 || :
  }
  for ((i = 0; i < RUNS; i += 2)); do round & round & wait; done 2> /dev/null
  count() { find /dev/shm "$OTTO_HOME/spill" -mindepth 2 -maxdepth 2 2> /dev/null | wc -l; }
  echo "killed: $RUNS; directories of dead runs before the last sweep: $(count)"
  node "$CLI" run --fast -q none
  left=$(find /dev/shm "$OTTO_HOME/spill" -mindepth 2 2> /dev/null | wc -l)
  echo "left after the next run: $left"
  ((left == 0))
'
unshare -m bash -c "$inside"
