import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isAlive, pidsOf, runRig } from './rig.ts';

describe('a task with a timeout', () => {
  test('is asked to end when its time is over, has timed out, and keeps what it had set', async () => {
    await using rig = runRig();
    const run = rig.run(`
tasks:
  slow:
    timeout: 300ms
    bash: |
      trap 'echo cleaned; exit 0' TERM
      otto.set before yes
      echo pid $$
      sleep 1000 & wait
  next: {before: [slow], bash: "true"}
`);
    const { result, directory } = await run.done;
    expect(result).toBe('failed');
    expect(run.outcome('slow')).toEqual({ kind: 'failed', reason: { kind: 'timeout', limitMs: 300 } });
    expect(run.outcome('next')).toEqual({ kind: 'skipped', because: { kind: 'dependency', task: 'slow' } });
    expect(run.output('slow').toString()).toContain('cleaned');
    expect(pidsOf(run, 'slow').filter(isAlive)).toEqual([]);
    const kept = JSON.parse(readFileSync(join(directory, 'tasks/slow/output.slow.json'), 'utf8'));
    expect(kept).toEqual({ before: 'yes' });
    expect(run.json().tasks[0]?.outcome).toEqual(run.outcome('slow'));
  });

  test('is killed with all that it started when it does not listen: no process of it outlives its end', async () => {
    await using rig = runRig();
    const run = rig.run(
      `
tasks:
  slow:
    timeout: 200ms
    bash: |
      trap '' TERM
      (trap '' TERM HUP; setsid bash -c 'echo pid $BASHPID; sleep 1000; sleep 1000' &)
      (set -m; bash -c 'echo pid $BASHPID; trap "" TERM; sleep 1000; sleep 1000' & )
      echo pid $$
      sleep 1000
`,
      { graceMs: 50 },
    );
    await run.event((event) => event.type === 'task-finished' && event.task === 'slow');
    const pids = pidsOf(run, 'slow');
    expect(pids).toHaveLength(3);
    expect(pids.filter(isAlive)).toEqual([]);
    await run.done;
    expect(run.outcome('slow')).toEqual({ kind: 'failed', reason: { kind: 'timeout', limitMs: 200 } });
    expect(run.events.filter(({ type }) => type === 'task-notice')).toEqual([]);
  });

  test('leaves other tasks, and what they have in the background, alone', async () => {
    await using rig = runRig();
    const run = rig.run(
      `
tasks:
  server: {bash: "sleep 1000 & echo pid $!"}
  slow: {before: [server], timeout: 200ms, bash: "sleep 1000"}
  other:
    before: [server]
    bash: |
      echo pid $$
      until [[ -e go ]]; do sleep 0.01; done
`,
      { keepGoing: true },
    );
    await run.event((event) => event.type === 'task-finished' && event.task === 'slow');
    const [server] = pidsOf(run, 'server');
    const [other] = pidsOf(run, 'other');
    expect([server, other].map((pid) => isAlive(pid ?? 0))).toEqual([true, true]);
    rig.write('go', '');
    await run.done;
    expect(run.outcome('other')).toEqual({ kind: 'succeeded' });
  });

  test('that is quick is not touched by it, nor is what it leaves in the background', async () => {
    await using rig = runRig();
    const run = rig.run(`
tasks:
  quick: {timeout: 300ms, bash: "sleep 1000 & echo pid $!"}
  next:
    before: [quick]
    bash: read -r -t 0.5 _ <> <(:) || echo pid $$
`);
    await run.printed('next', 'pid');
    expect(pidsOf(run, 'quick').filter(isAlive)).toHaveLength(1);
    expect((await run.done).result).toBe('succeeded');
  });

  test.each(['SIGINT', 'fail-fast'])(
    'has timed out also when %s comes before it has ended, and is not tried again',
    async (what) => {
      await using rig = runRig();
      const run = rig.run(
        `
tasks:
  slow:
    timeout: 200ms
    retries: 3
    bash: |
      trap 'echo asked; until [[ -e go ]]; do sleep 0.01; done; exit' TERM
      sleep 1000 & wait
  failing: {bash: "until [[ -e fail ]]; do sleep 0.01; done; exit 1"}
`,
        { failFast: true },
      );
      await run.printed('slow', 'asked');
      if (what === 'SIGINT') run.signals.emit('SIGINT');
      else rig.write('fail', '');
      await run.event((event) => event.type === 'task-finished' && event.task === 'failing');
      rig.write('go', '');
      expect((await run.done).result).toBe(what === 'SIGINT' ? 'interrupted' : 'failed');
      expect(run.outcome('slow')).toEqual({ kind: 'failed', reason: { kind: 'timeout', limitMs: 200 } });
      expect(run.events.filter(({ type }) => type === 'task-retrying')).toEqual([]);
    },
  );

  test('tells tasks of an inner otto from its own tasks of the same name', async () => {
    await using rig = runRig();
    rig.write(
      'inner/otto.yml',
      'tasks: {slow: {bash: "echo pid $$; until [[ -e ../go ]]; do sleep 0.01; done"}}',
    );
    const run = rig.run(
      `
tasks:
  slow: {timeout: 1500ms, bash: "sleep 1000"}
  nested: {envs: {OTTO_HOME: ./home}, bash: '"$NODE" "$CLI" run -o inner/otto.yml slow'}
`,
      {
        keepGoing: true,
        environment: {
          ...process.env,
          NODE: process.execPath,
          CLI: new URL('../../dist/cli.js', import.meta.url).pathname,
        },
      },
    );
    await run.printed('nested', 'pid ');
    await run.event((event) => event.type === 'task-finished' && event.task === 'slow');
    rig.write('go', '');
    await run.done;
    expect(run.outcome('nested')).toEqual({ kind: 'succeeded' });
  });
});
