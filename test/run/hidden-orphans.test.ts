import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadNative } from '../../src/data/native-addon.ts';
import { ENDED_IN_TIME, mayGoOn, mayGoOnInPython } from '../support/bounded.ts';
import { isAlive, type RunRig, type RunUnderTest, runRig } from './rig.ts';

/** Processes that nothing but their parent gives away: no environment, no session, no group. Their command lines name the project. */

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const processesOf = ({ directory }: RunRig): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && isAlive(pid))
    .filter((pid) => textOf(`/proc/${pid}/cmdline`).includes(directory));

const IGNORING = "trap '' TERM INT HUP";
const DETACHED = 'setsid env -i PATH="$PATH" "D=$D"';

/** Each script adds a line to `started` when it is where it wants to be. */
const scriptsIn = (directory: string): Readonly<Record<string, string>> => ({
  'stay.sh': `${IGNORING}; echo x >> "$D/started"; while ${mayGoOn(directory)}; do sleep 0.2; done`,
  'daemon.sh': `(${DETACHED} bash "$D/stay.sh" &) & exit`,
  'stopped.sh': `${ENDED_IN_TIME} echo x >> "$D/started"; kill -STOP $$; sleep 60`,
  'heir.sh': `trap '(${DETACHED} bash "$D/stay.sh" &); exit' TERM; echo x >> "$D/started"; while ${mayGoOn(directory)}; do sleep 0.05; done`,
  'chain.sh': `${mayGoOn(directory)} || exit; ${IGNORING}; echo x >> "$D/started"; ${DETACHED} bash "$D/chain.sh" & exit`,
  'fast.py': `
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(os.path.dirname(sys.argv[0]) + "/started", "a").write("x\\n")
while ${mayGoOnInPython(directory)}:
    if os.fork():
        os._exit(0)
    os.setsid()
`,
  'closing.py': `
import os, subprocess, sys
d = os.path.dirname(sys.argv[0])
subprocess.Popen(["bash", d + "/stay.sh"], close_fds=True, start_new_session=True, env={"D": d, "PATH": os.environ["PATH"]},
                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
`,
  'groups.py': `
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for _ in range(3):
    if os.fork():
        os._exit(0)
    os.setpgid(0, 0)
if os.fork():
    os._exit(0)
os.setsid()
open(os.path.dirname(sys.argv[0]) + "/started", "a").write("x\\n")
time.sleep(60)
`,
});

const QUIET = '< /dev/null > /dev/null 2>&1';

/** Each starts scripts of the project. */
const WAYS = {
  'daemons that ignore signals': `for _ in 1 2 3; do bash "$D/daemon.sh" ${QUIET} & done`,
  'one that changes its group again and again': `env -i python3 "$D/groups.py" ${QUIET} &`,
  'one that is stopped': `(${DETACHED} bash "$D/stopped.sh" ${QUIET} &)`,
  'one that leaves a daemon when it is asked to end': `(${DETACHED} bash "$D/heir.sh" ${QUIET} &)`,
  'one of Python that shares nothing with it': `python3 "$D/closing.py"`,
  'one that starts its successor and ends, all the time': `(${DETACHED} bash "$D/chain.sh" ${QUIET} &)`,
  'the same without a program': `env -i python3 "$D/fast.py" ${QUIET} &`,
} as const;

function begin(
  rig: RunRig,
  way: string,
  changes: { readonly last: string; readonly more?: string },
): RunUnderTest {
  for (const [name, text] of Object.entries(scriptsIn(rig.directory))) rig.write(name, text);
  const script = `export D=${rig.directory}\n${way}\nuntil [[ -s "$D/started" ]]; do sleep 0.01; done\n${changes.last}`;
  const indented = script.replace(/^/gm, '      ');
  return rig.run(`tasks:\n  a:\n    bash: |\n${indented}\n${changes.more ?? ''}`, {
    graceMs: 150,
    failFast: true,
  });
}

const LONG = "trap '' TERM; echo ready; sleep 60";

describe.skipIf(loadNative().orphans === undefined).each(Object.entries(WAYS))(
  'no process is left of %s',
  (_, way) => {
    test('at the end of the run', async () => {
      await using rig = runRig();
      const run = begin(rig, way, { last: '' });
      expect((await run.done).result).toBe('succeeded');
      expect(processesOf(rig)).toEqual([]);
      const notices = run.events.filter((event) => event.type === 'task-notice');
      expect(notices.map(({ task, notice }) => [task, notice.kind])).toEqual([['a', 'leftover-processes']]);
    });

    test('when the run is interrupted, once or twice', async () => {
      await using rig = runRig();
      const run = begin(rig, way, { last: LONG });
      await run.printed('a', 'ready');
      run.signals.emit('SIGINT');
      if (way.includes('daemon')) run.signals.emit('SIGINT');
      await run.done;
      expect(processesOf(rig)).toEqual([]);
    });

    test('when its task has run out of time', async () => {
      await using rig = runRig();
      const run = begin(rig, way, { last: LONG, more: '    timeout: 1s' });
      await run.done;
      expect(run.outcome('a')).toMatchObject({ reason: { kind: 'timeout' } });
      expect(processesOf(rig)).toEqual([]);
    });

    test('when another task has failed and the run stops', async () => {
      await using rig = runRig();
      const more = `  b: {bash: 'until [[ -s ${rig.directory}/started ]]; do sleep 0.01; done; exit 3'}`;
      const run = begin(rig, way, { last: LONG, more });
      await run.done;
      expect(run.outcome('a')).toMatchObject({ reason: { kind: 'stopped' } });
      expect(processesOf(rig)).toEqual([]);
    });
  },
);
