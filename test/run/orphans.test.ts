import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ENDED_IN_TIME, mayGoOn, mayGoOnInPython } from '../support/bounded.ts';
import { isAlive, type RunRig, runRig } from './rig.ts';

/** Living processes whose environment names the directory. */
function processesOf(runDirectory: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(
      (pid) => pid > 0 && isAlive(pid) && environmentOf(pid).includes(`OTTO_RUN_DIR=${runDirectory}\0`),
    );
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}

/** Each starts processes that are hard to catch, and prints `started`. */
const waysIn = (directory: string) => ({
  'one that starts its successor and ends, all the time': `
    echo '${mayGoOn(directory)} || exit; echo x >> hops; bash hop.sh & exit' > hop.sh
    (trap '' TERM INT HUP; exec bash hop.sh) > /dev/null 2>&1 &`,
  'the same, each in a session of its own': `
    echo '${mayGoOn(directory)} || exit; trap "" TERM INT HUP; echo x >> hops; setsid bash hop.sh & exit' > hop.sh
    (setsid bash hop.sh &) > /dev/null 2>&1`,
  'one that forks without end in Python': `
    python3 - > /dev/null 2>&1 <<'END' &
    import os, signal, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.setsid()
    while ${mayGoOnInPython(directory)}:
        open("hops", "a").write("x\\n")
        if os.fork():
            os._exit(0)
        os.setsid()
    END`,
  'a family that restarts its members': `
    echo 'trap "" TERM HUP; echo x >> hops; while ${mayGoOn(directory)}; do bash -c "sleep 60" & bash -c "sleep 60" & wait -n; done' > hop.sh
    for _ in 1 2 3 4; do (setsid bash hop.sh &) > /dev/null 2>&1; done`,
  'one that is stopped': `
    (setsid bash -c '${ENDED_IN_TIME} echo x >> hops; kill -STOP $$' &) > /dev/null 2>&1`,
});

const WAYS = Object.keys(waysIn('')) as (keyof ReturnType<typeof waysIn>)[];

const indented = (text: string): string => text.replace(/^ {4}/gm, '').trim().replace(/^/gm, '      ');

const project = ({ directory }: RunRig, way: (typeof WAYS)[number]): string => `
tasks:
  a:
    bash: |
${indented(waysIn(directory)[way])}
      until [[ $(wc -l 2>/dev/null < hops) -gt 0 ]]; do sleep 0.01; done
      echo started
      trap '' TERM
      sleep 60
`;

describe('no process is left of', () => {
  test.each(WAYS)('%s, when the run is interrupted', async (way) => {
    await using rig = runRig();
    const run = rig.run(project(rig, way), { graceMs: 100 });
    await run.printed('a', 'started');
    run.signals.emit('SIGINT');
    const { directory } = await run.done;
    expect(processesOf(directory)).toEqual([]);
  });

  test.each(WAYS)('%s, when it is interrupted twice', async (way) => {
    await using rig = runRig();
    const run = rig.run(project(rig, way), { graceMs: 100_000 });
    await run.printed('a', 'started');
    run.signals.emit('SIGINT');
    run.signals.emit('SIGINT');
    const { directory } = await run.done;
    expect(processesOf(directory)).toEqual([]);
  });
});
