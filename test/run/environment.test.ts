import { describe, expect, test } from 'vitest';
import { environmentMaker } from '../../src/run/environment.ts';
import { isAlive, runRig } from './rig.ts';

const RUN = {
  inherited: {},
  runDirectory: '/run',
  workspace: '/work',
  store: 'files',
  clientsDirectory: '/clients',
  helpersDirectory: '/helpers',
};
const TASK = {
  task: 'a',
  taskDirectory: '/run/tasks/a',
  attempt: 1,
  variables: { file: {}, own: {} },
  prepared: { OTTO_SPOOL: '/spool' },
};

describe('the environment of a task', () => {
  test('says who and where it is', () => {
    expect(environmentMaker(RUN)(TASK)).toEqual({
      OTTO_TASK: 'a',
      OTTO_TASK_DIR: '/run/tasks/a',
      OTTO_OUTPUT: '/run/tasks/a/output',
      OTTO_RUN_DIR: '/run',
      OTTO_WORKSPACE: '/work',
      OTTO_STORE: 'files',
      OTTO_CLIENTS: '/clients',
      OTTO_SPOOL: '/spool',
      OTTO_ATTEMPT: '1',
      PATH: '/helpers:/usr/local/bin:/usr/bin:/bin',
    });
  });

  test("is the user's, then the ottofile's, then the task's; otto's own names win", () => {
    const inherited = { HOME: '/me', A: 'user', B: 'user', C: 'user', PATH: '/bin' };
    const make = environmentMaker({ ...RUN, inherited });
    const file = { B: 'file', C: 'file', OTTO_TASK: 'x' };
    const made = make({ ...TASK, variables: { file, own: { C: 'task', OTTO_RUN_DIR: 'x' } } });
    expect(made).toMatchObject({
      HOME: '/me',
      A: 'user',
      B: 'file',
      C: 'task',
      OTTO_TASK: 'a',
      OTTO_RUN_DIR: '/run',
    });
    expect(made.PATH).toBe('/helpers:/bin');
  });

  test('has the helpers in front of a PATH of its own, and not twice', () => {
    const make = environmentMaker({ ...RUN, inherited: { PATH: '/bin:/helpers:/usr/bin' } });
    expect(make(TASK).PATH).toBe('/helpers:/bin:/usr/bin');
    expect(make({ ...TASK, variables: { file: {}, own: { PATH: '/mine' } } }).PATH).toBe('/helpers:/mine');
  });

  test('holds nothing of the task in which otto itself runs, but its settings', () => {
    const inherited = {
      OTTO_TASK: 'outer',
      OTTO_SPOOL: '/outer',
      OTTO_SHM_DIR: '/dev/shm/outer',
      OTTO_IN_A_B: '1',
      OTTO_RUN_DIR: '/outer',
      OTTO_HOME: '/home/otto',
      OTTO_MINE: 'kept',
    };
    const made = environmentMaker({ ...RUN, inherited })({ ...TASK, prepared: {} });
    expect(made).toMatchObject({
      OTTO_TASK: 'a',
      OTTO_RUN_DIR: '/run',
      OTTO_HOME: '/home/otto',
      OTTO_MINE: 'kept',
    });
    expect(Object.keys(made)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^OTTO_(SPOOL|SHM_DIR|IN_A_B)$/)]),
    );
  });

  test('names all tasks around this run, so that each run can find what it started', () => {
    const middle = environmentMaker({ ...RUN, inherited: { OTTO_TASK_DIR: '/outer/tasks/x' } })(TASK);
    expect(middle.OTTO_OUTER_TASKS).toBe('\n/outer/tasks/x\n');
    const inner = environmentMaker({ ...RUN, runDirectory: '/inner', inherited: middle })(TASK);
    expect(inner.OTTO_OUTER_TASKS).toBe('\n/outer/tasks/x\n/run/tasks/a\n');
  });
});

describe('an otto inside a task', () => {
  const NESTED = `
tasks:
  outer:
    envs: {OTTO_HOME: ./inner-home}
    bash: |
      OUTPUT[who]=outer
      mkdir -p inner
      printf 'tasks: {inner: {bash: "%s"}}' "$INNER" > inner/otto.yml
      "$NODE" "$CLI" run -o inner/otto.yml inner
      echo "still $OTTO_TASK"
`;

  const inherited = (inner: string) => ({
    ...process.env,
    NODE: process.execPath,
    CLI: new URL('../../dist/cli.js', import.meta.url).pathname,
    INNER: inner,
  });

  test('runs its own tasks with their own values', async () => {
    await using rig = runRig();
    const run = rig.run(NESTED, { environment: inherited('OUTPUT[who]=inner; echo it is $OTTO_TASK') });
    expect((await run.done).result).toBe('succeeded');
    expect(run.output('outer').toString()).toContain('it is inner');
    expect(run.output('outer').toString()).toContain('still outer');
    expect(run.json().tasks[0]?.values?.map(({ bytes }) => bytes)).toEqual([5]);
  });

  test('is interrupted together with the outer run, down to its daemons', async () => {
    await using rig = runRig();
    const run = rig.run(NESTED, {
      environment: inherited("(setsid sh -c 'echo pid $$; exec sleep 1000' &); sleep 1000"),
      graceMs: 2_000,
    });
    await run.printed('outer', 'pid ');
    run.signals.emit('SIGTERM');
    await run.done;
    const pid = Number(/pid (\d+)/.exec(run.output('outer').toString())?.[1]);
    expect(pid).toBeGreaterThan(0);
    expect(isAlive(pid)).toBe(false);
  });
});
