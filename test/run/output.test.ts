import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isAlive, runRig } from './rig.ts';

describe("a task's output", () => {
  test('is in the log and in the events byte for byte: NUL, invalid UTF-8, \\r, no newline at the end', async () => {
    await using rig = runRig();
    const bytes = Buffer.from([0, 255, 254, 13, 10, 104, 13, 0xf0, 0x9f]);
    const run = rig.run(`tasks: {a: {bash: "printf '\\\\0\\\\xff\\\\xfe\\\\r\\\\nh\\\\r\\\\xf0\\\\x9f'"}}`);
    await run.done;
    expect(run.log('a', 'stdout')).toEqual(bytes);
    expect(run.output('a')).toEqual(bytes);
  });

  test.each([65_537, 10 * 1024 * 1024])('of %i bytes is complete on both streams', async (bytes) => {
    await using rig = runRig();
    const run = rig.run(
      `tasks: {a: {bash: "head -c ${bytes} /dev/zero | tr '\\\\0' x; head -c ${bytes} /dev/zero | tr '\\\\0' y >&2"}}`,
    );
    expect((await run.done).result).toBe('succeeded');
    for (const [stream, letter] of [
      ['stdout', 'x'],
      ['stderr', 'y'],
    ] as const) {
      const expected = Buffer.alloc(bytes, letter);
      expect(run.log('a', stream).equals(expected)).toBe(true);
      expect(run.output('a', stream).equals(expected)).toBe(true);
    }
  });

  test('may be written through /dev/stdout, /dev/stderr and tee', async () => {
    await using rig = runRig();
    const run = rig.run(
      'tasks: {a: {bash: "echo one > /dev/stderr; echo two > /dev/stdout; echo three | tee /dev/stderr"}}',
    );
    expect((await run.done).result).toBe('succeeded');
    expect(run.log('a', 'stdout').toString()).toBe('two\nthree\n');
    expect(run.log('a', 'stderr').toString()).toBe('one\nthree\n');
  });

  test('is not read ahead of the listeners: a slow one holds the task back by its full pipe', async () => {
    await using rig = runRig();
    const bytes = 5_000_000;
    const written = join(rig.directory, 'written');
    let received = 0;
    let ahead = false;
    const run = rig.run(`tasks: {a: {bash: "head -c ${bytes} /dev/zero; echo > written"}}`, {
      listeners: [
        (event) => {
          if (event.type !== 'task-output') return;
          received += event.chunk.length;
          ahead ||= received < bytes - 1024 * 1024 && existsSync(written);
        },
      ],
    });
    await run.done;
    expect([received, ahead]).toEqual([bytes, false]);
  });

  test('of two tasks goes to the log of each, also when one pair of pipes serves both', async () => {
    await using rig = runRig();
    const names = Array.from({ length: 20 }, (_, n) => `t${n}`);
    const tasks = names.map((name) => `  ${name}: {bash: "for i in {1..50}; do echo ${name}; done"}\n`);
    const run = rig.run(`tasks:\n${tasks.join('')}`, { jobs: 2 });
    await run.done;
    for (const name of names) expect(run.log(name, 'stdout').toString()).toBe(`${name}\n`.repeat(50));
  });
});

describe('a background process that keeps the pipe open', () => {
  test('does not hang its task, and what the task itself wrote is complete', async () => {
    await using rig = runRig();
    const run = rig.run(
      'tasks: {a: {bash: "sleep 1000 & echo $!; head -c 1000000 /dev/zero; echo end"}, b: {before: [a], bash: "echo next"}}',
    );
    expect((await run.done).result).toBe('succeeded');
    expect(run.log('a', 'stdout').length).toBeGreaterThan(1_000_000);
    expect(run.log('a', 'stdout').toString()).toMatch(/end\n$/);
    expect(isAlive(Number(run.output('a').toString().split('\n')[0]))).toBe(false);
  });

  test('does not hang it by writing all the time either, and is heard in the log only', async () => {
    await using rig = runRig();
    const run = rig.run(`
tasks:
  a: {bash: "(while :; do echo noise; done) &"}
  b: {before: [a], bash: "echo quiet"}
`);
    expect((await run.done).result).toBe('succeeded');
    expect(run.log('b', 'stdout').toString()).toBe('quiet\n');
    const ended = run.events.findIndex((event) => event.type === 'task-finished' && event.task === 'a');
    const late = run.events
      .slice(ended)
      .filter((event) => event.type === 'task-output' && event.task === 'a');
    expect(late).toEqual([]);
  });

  test('neither blocks nor dies when its task has ended: its output goes on into the log', async () => {
    await using rig = runRig();
    const run = rig.run(`
tasks:
  server:
    bash: |
      (until [[ -e asked ]]; do sleep 0.01; done
       head -c 300000 /dev/zero; echo > answered; sleep 1000) &
  client:
    before: [server]
    bash: |
      touch asked
      until [[ -e answered ]]; do sleep 0.01; done
`);
    expect((await run.done).result).toBe('succeeded');
    expect(run.log('server', 'stdout').length).toBe(300_000);
  });
});

test('a log that cannot be written fails the task and names the file; the task itself is not blocked', async () => {
  await using rig = runRig();
  const run = rig.run('tasks: {a: {bash: "head -c 1000000 /dev/zero; echo > reached"}}', {
    listeners: [
      (event) => {
        // The directory of the task exists by now, its logs do not.
        if (event.type === 'task-started') writeFileSync(join(directoryOf(run), 'stdout.log'), '');
      },
    ],
  });
  await run.done;
  expect(run.outcome('a')).toMatchObject({
    reason: { kind: 'otto', failure: { kind: 'io', action: 'create', code: 'EEXIST' } },
  });
});

function directoryOf(run: { readonly events: readonly { readonly type: string }[] }): string {
  const start = run.events.find((event) => event.type === 'run-started') as
    | { directory?: string }
    | undefined;
  return join(start?.directory ?? '', 'tasks/a');
}
