import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { plainly } from '../../src/graph/plan.ts';
import { workOutFirst } from '../../src/run/first-variables.ts';
import { Hurry } from '../../src/run/hurry.ts';
import { Variables } from '../../src/run/variables.ts';
import { planOf } from '../support/plan.ts';
import { isAlive, parse, type RunRig, runRig, task } from './rig.ts';

/** Writes the pids of a command and of what it has started, none of which listens to SIGTERM, and hangs. */
const HANG = `
trap "" TERM
(trap "" TERM HUP; exec setsid sleep 1000) &
echo $$ >> pids
echo $! >> pids
echo ready > ready
sleep 1000; sleep 1000`;

const pids = ({ directory }: RunRig, name = 'pids'): number[] =>
  readFileSync(join(directory, name), 'utf8').trim().split('\n').map(Number);

/** Something that only the test can know to have happened. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate);
}

describe('a command of a variable that hangs', () => {
  test('is ended with the time of its task, which has timed out and says what for', async () => {
    await using rig = runRig();
    rig.write('hang.sh', HANG);
    const run = rig.run(
      `tasks:
  first: {bash: ":"}
  slow: {before: [first], timeout: 1500ms, retries: 3, envs: {A: fine, B: "$A $(. ./hang.sh)"}, bash: echo never}
  next: {before: [slow], bash: echo never}
`,
      { graceMs: 50 },
    );
    await run.event((event) => event.type === 'task-finished' && event.task === 'slow');
    expect(pids(rig).filter(isAlive)).toEqual([]);
    await run.done;
    expect(run.outcome('slow')).toEqual({
      kind: 'failed',
      reason: {
        kind: 'timeout',
        limitMs: 1500,
        variable: { name: 'B', at: expect.objectContaining({ line: 3 }) },
      },
    });
    expect(run.outcome('next')).toEqual({ kind: 'skipped', because: { kind: 'dependency', task: 'slow' } });
    expect(run.events.filter(({ type }) => type === 'task-started' || type === 'task-retrying')).toHaveLength(
      1,
    );
    expect(run.json().tasks[1]?.outcome).toEqual(run.outcome('slow'));
  });

  test('is ended by the failure of another task with --fail-fast', async () => {
    await using rig = runRig();
    rig.write('hang.sh', HANG);
    const run = rig.run(
      `tasks:
  waiting: {envs: {A: $(. ./hang.sh)}, bash: echo never}
  failing: {bash: "until [[ -e ready ]]; do sleep 0.01; done; exit 1"}
`,
      { failFast: true, graceMs: 50 },
    );
    const { result } = await run.done;
    expect(result).toBe('failed');
    expect(run.outcome('waiting')).toEqual({ kind: 'skipped', because: { kind: 'stopped' } });
    expect(pids(rig).filter(isAlive)).toEqual([]);
  });

  test('of an always task goes on after that failure, until the run is interrupted', async () => {
    await using rig = runRig();
    rig.write('hang.sh', HANG);
    const run = rig.run(
      `tasks:
  waiting: {always: true, envs: {A: $(. ./hang.sh)}, bash: echo never}
  failing: {bash: "until [[ -e ready ]]; do sleep 0.01; done; exit 1"}
`,
      { failFast: true, graceMs: 50 },
    );
    await run.event((event) => event.type === 'task-finished' && event.task === 'failing');
    expect(pids(rig).map(isAlive)).toEqual([true, true]);
    run.signals.emit('SIGINT');
    expect((await run.done).result).toBe('interrupted');
    expect(run.outcome('waiting')).toEqual({ kind: 'skipped', because: { kind: 'interrupted' } });
    expect(pids(rig).filter(isAlive)).toEqual([]);
  });

  test('leaves the commands of other tasks alone when it is ended', async () => {
    await using rig = runRig();
    rig.write('hang.sh', HANG);
    const run = rig.run(
      `tasks:
  slow: {timeout: 1500ms, envs: {A: $(. ./hang.sh)}, bash: echo never}
  other: {envs: {A: "$(echo $$ > other; until [[ -e go ]]; do sleep 0.01; done; echo went)"}, bash: echo $A}
`,
      { keepGoing: true, graceMs: 50 },
    );
    await run.event((event) => event.type === 'task-finished' && event.task === 'slow');
    await until(() => existsSync(join(rig.directory, 'other')));
    expect(pids(rig).filter(isAlive)).toEqual([]);
    rig.write('go', '');
    await run.done;
    expect(run.output('other').toString()).toBe('went\n');
  });
});

describe('a command of the whole file', () => {
  test('goes on for the tasks that still wait for it, and runs once', async () => {
    await using rig = runRig();
    const run = rig.run(
      `otto:
  envs: {A: "$(echo x >> count; until [[ -e go ]]; do sleep 0.01; done; echo went)"}
tasks:
  hasty: {timeout: 300ms, bash: echo never}
  patient: {bash: echo $A}
`,
      { keepGoing: true },
    );
    await run.event((event) => event.type === 'task-finished' && event.task === 'hasty');
    rig.write('go', '');
    await run.done;
    expect(run.outcome('hasty')).toMatchObject({ reason: { kind: 'timeout', variable: { name: 'A' } } });
    expect(run.output('patient').toString()).toBe('went\n');
    expect(readFileSync(join(rig.directory, 'count'), 'utf8')).toBe('x\n');
  });

  test('is ended with the last task that waits, and begins anew for one that comes later', async () => {
    await using rig = runRig();
    rig.write('hang.sh', HANG);
    const run = rig.run(
      `otto:
  envs: {A: "$(if [[ -e ready ]]; then echo again; else . ./hang.sh; fi)"}
tasks:
  one: {timeout: 1500ms, bash: echo never}
  two: {timeout: 1600ms, bash: echo never}
  later: {before: [one, two], always: true, bash: echo $A}
`,
      { keepGoing: true, graceMs: 50 },
    );
    await run.event((event) => event.type === 'task-started' && event.task === 'later');
    expect(pids(rig).filter(isAlive)).toEqual([]);
    await run.done;
    expect([run.outcome('one'), run.outcome('two')]).toMatchObject([
      { reason: { kind: 'timeout' } },
      { reason: { kind: 'timeout' } },
    ]);
    expect(run.output('later').toString()).toBe('again\n');
  });

  test('that says it succeeded when it is ended gives no value, and the next one is not started', async () => {
    await using rig = runRig();
    const run = rig.run(
      `otto:
  envs: {A: "$(trap 'echo wrong; exit 0' TERM; sleep 1000 & wait)", B: "$A$(echo x > never)"}
tasks:
  hasty: {timeout: 300ms, bash: echo never}
`,
    );
    await run.done;
    expect(run.outcome('hasty')).toMatchObject({ reason: { kind: 'timeout', variable: { name: 'A' } } });
    expect(existsSync(join(rig.directory, 'never'))).toBe(false);
  });
});

describe('before the run', () => {
  test('a variable is not waited for longer than its task may take', async () => {
    await using rig = runRig();
    const path = join(rig.directory, 'otto.yml');
    const text = 'tasks: {a: {timeout: 300ms, envs: {A: $(sleep 1000)}, bash: ":"}, b: {bash: ":"}}';
    const plan = planOf(parse(text, path), [plainly(task('a'))]);
    const variables = new Variables({ inherited: process.env });
    const patience = { patienceMs: 2 ** 31 - 1 };
    expect(await workOutFirst({ plan, variables, jobs: 2, ...patience })).toEqual([]);
    await variables.end({ graceMs: 0, hurry: new Hurry() });
  });
});
