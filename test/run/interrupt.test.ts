import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ENDED_IN_TIME } from '../support/bounded.ts';
import { isAlive, pidsOf, runRig } from './rig.ts';

const LONG = 100_000;

describe('a signal', () => {
  test('ends a plain task; what had not started is skipped; values set before are kept', async () => {
    await using rig = runRig();
    const run = rig.run(`
tasks:
  a: {bash: "otto.set k v; echo pid $$; echo ready; sleep 1000"}
  b: {before: [a], bash: "true"}
`);
    await run.printed('a', 'ready');
    run.signals.emit('SIGINT');
    const { result, signal, directory } = await run.done;
    expect([result, signal]).toEqual(['interrupted', 'SIGINT']);
    expect(run.outcome('a')).toEqual({ kind: 'failed', reason: { kind: 'interrupted' } });
    expect(run.outcome('b')).toEqual({ kind: 'skipped', because: { kind: 'interrupted' } });
    expect(run.json()).toMatchObject({ state: 'finished', result: 'interrupted' });
    expect(pidsOf(run).filter(isAlive)).toEqual([]);
    expect(JSON.parse(readFileSync(join(directory, 'tasks/a/output.a.json'), 'utf8'))).toEqual({ k: 'v' });
    expect(run.events.at(-1)?.type).toBe('run-finished');
  });

  test.each([
    ['SIGTERM', 'SIGTERM'],
    ['SIGHUP', 'SIGHUP'],
  ])('%s counts as %s', async (sent, counted) => {
    await using rig = runRig();
    const run = rig.run('tasks: {a: {bash: "echo ready; sleep 1000"}}');
    await run.printed('a', 'ready');
    run.signals.emit(sent);
    expect(await run.done).toMatchObject({ result: 'interrupted', signal: counted });
  });

  test('lets a task clean up after itself, with programs of its own', async () => {
    await using rig = runRig();
    const run = rig.run(`
tasks:
  a:
    bash: |
      trap 'bash -c "read -t 0.3 <> <(:); echo cleaned"; exit 0' TERM
      echo ready
      sleep 1000 & wait
`);
    await run.printed('a', 'ready');
    run.signals.emit('SIGINT');
    await run.done;
    expect(run.output('a').toString()).toContain('cleaned');
    expect(run.outcome('a')).toEqual({ kind: 'failed', reason: { kind: 'interrupted' } });
  });

  test('kills what ignores it when the grace period is over', async () => {
    await using rig = runRig();
    const script =
      "trap '' TERM INT HUP; echo pid $$; bash -c 'echo pid $$; echo ready; sleep 1000; sleep 1000'; sleep 1000";
    const run = rig.run(`tasks: {a: {bash: ${JSON.stringify(script)}}}`, { graceMs: 50 });
    await run.printed('a', 'ready');
    run.signals.emit('SIGTERM');
    await run.done;
    expect(pidsOf(run)).toHaveLength(2);
    expect(pidsOf(run).filter(isAlive)).toEqual([]);
  });

  test('kills at once when it comes a second time', async () => {
    await using rig = runRig();
    const run = rig.run(`tasks: {a: {bash: "trap '' TERM; echo pid $$; echo ready; sleep 1000"}}`, {
      graceMs: LONG,
    });
    await run.printed('a', 'ready');
    run.signals.emit('SIGINT');
    await run.event((event) => event.type === 'interrupted');
    expect(pidsOf(run).filter(isAlive)).toHaveLength(1);
    run.signals.emit('SIGINT');
    await run.done;
    expect(pidsOf(run).filter(isAlive)).toEqual([]);
    expect(run.events.filter((event) => event.type === 'interrupted').map((event) => event.count)).toEqual([
      1, 2,
    ]);
  });

  test('ends ten tasks at once', async () => {
    await using rig = runRig();
    const names = Array.from({ length: 10 }, (_, n) => `t${n}`);
    const run = rig.run(
      `tasks:\n${names.map((name) => `  ${name}: {bash: "echo pid $$; echo ready; sleep 1000 & wait"}\n`).join('')}`,
      { jobs: 10 },
    );
    await Promise.all(names.map((name) => run.printed(name, 'ready')));
    run.signals.emit('SIGINT');
    await run.done;
    expect(names.flatMap((name) => pidsOf(run, name)).filter(isAlive)).toEqual([]);
    expect(run.events.filter((event) => event.type === 'task-finished')).toHaveLength(10);
  });

  test('before the first task has started lets none start', async () => {
    await using rig = runRig();
    const run = rig.run('tasks: {a: {bash: "true"}}');
    run.signals.emit('SIGINT');
    expect((await run.done).result).toBe('interrupted');
    expect(run.outcome('a')).toEqual({ kind: 'skipped', because: { kind: 'interrupted' } });
    expect(run.events.filter((event) => event.type === 'task-started')).toEqual([]);
  });

  test('continues a stopped process, so that it can end', async () => {
    await using rig = runRig();
    const run = rig.run(
      `tasks: {a: {bash: "trap 'echo bye; exit' TERM; echo pid $$; echo ready; ${ENDED_IN_TIME} kill -STOP $$"}}`,
      {
        graceMs: LONG,
      },
    );
    await run.printed('a', 'ready');
    run.signals.emit('SIGINT');
    await run.done;
    expect(pidsOf(run).filter(isAlive)).toEqual([]);
  });
});

/** Each prints the pid of a process that has left the task in its own way. */
const ESCAPES = {
  'a background process': 'sleep 1000 & echo pid $!',
  'one in a session of its own':
    "setsid bash -c 'echo pid $$; exec sleep 1000' & read -r _ < <(sleep 0.1) || :",
  'a daemon, adopted by init': "(setsid bash -c '(echo pid $BASHPID; exec sleep 1000) & exit' &)",
  'one that ignores SIGTERM and SIGHUP':
    "(trap '' TERM HUP; setsid bash -c 'echo pid $$; sleep 1000; sleep 1000' &)",
  'one without the environment': 'env -i bash -c "echo pid \\$\\$; exec sleep 1000" &',
} as const;

describe('processes that a task leaves behind are ended', () => {
  test.each(Object.entries(ESCAPES))('when the run is interrupted: %s', async (_, way) => {
    await using rig = runRig();
    const script = `${way}\necho started\nsleep 1000`;
    const run = rig.run(`tasks: {a: {bash: ${JSON.stringify(script)}}}`, { graceMs: 100 });
    await run.printed('a', 'pid ');
    await run.printed('a', 'started');
    run.signals.emit('SIGINT');
    await run.done;
    expect(pidsOf(run)).toHaveLength(1);
    expect(pidsOf(run).filter(isAlive)).toEqual([]);
  });

  test.each(Object.entries(ESCAPES))('at the end of the run, with a notice: %s', async (_, way) => {
    await using rig = runRig();
    const script = `{ ${way}\n} > pids\nuntil [[ -s pids ]]; do sleep 0.01; done\ncat pids`;
    const run = rig.run(`tasks: {a: {bash: ${JSON.stringify(script)}}}`, { graceMs: 100 });
    expect((await run.done).result).toBe('succeeded');
    expect(pidsOf(run)).toHaveLength(1);
    expect(pidsOf(run).filter(isAlive)).toEqual([]);
    const notices = run.events.filter((event) => event.type === 'task-notice');
    expect(notices.map(({ task, notice }) => [task, notice.kind])).toEqual([['a', 'leftover-processes']]);
  });

  test('but not before the run ends: later tasks may use them', async () => {
    await using rig = runRig();
    const run = rig.run(
      `
tasks:
  server: {bash: "sleep 1000 & echo pid $!"}
  client: {before: [server], bash: "echo looked"}
`,
      { listeners: [] },
    );
    const seen: boolean[] = [];
    await run.event((event) => event.type === 'task-started' && event.task === 'client');
    seen.push(...pidsOf(run, 'server').map(isAlive));
    await run.done;
    expect(seen).toEqual([true]);
    expect(pidsOf(run, 'server').filter(isAlive)).toEqual([]);
  });
});
