import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { project } from './project.ts';

/** Far more than any pipe and what otto keeps of it. */
const BYTES = 64 * 1024 * 1024;
const KEPT_BYTES = 8 * 1024 * 1024;

const WRITES = `
tasks:
  a: {bash: "head -c ${BYTES} /dev/zero"}
`;

/** The log's length once it has stopped growing: then the task stands still. */
function heldAt(log: string): Promise<number> {
  let last = -1;
  return vi.waitFor(
    () => {
      const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
      const stands = size > 0 && size === last;
      last = size;
      expect(stands).toBe(true);
      return size;
    },
    { timeout: 20_000, interval: 300 },
  );
}

test('a task stands still while nobody reads its output, and goes on when somebody does', async () => {
  using dir = project(WRITES);
  const otto = dir.start(['run', '-v', 'a']);
  const ended = once(otto, 'exit');
  const [line] = (await once(createInterface(otto.stderr as Readable), 'line')) as [string];
  const log = join(line.replace('otto: the run is kept in ', ''), 'tasks/a/stdout.log');
  expect(await heldAt(log)).toBeLessThan(KEPT_BYTES);
  let received = 0;
  (otto.stdout as Readable).on('data', (chunk: Buffer) => {
    received += chunk.length;
  });
  expect(await ended).toEqual([0, null]);
  expect(readFileSync(log).length).toBe(BYTES);
  expect(received).toBeGreaterThan(BYTES);
});

test('an interrupted run does not wait for a reader to end its tasks', async () => {
  using dir = project("tasks: {a: {bash: 'while :; do head -c 1000000 /dev/zero; done'}}");
  const otto = dir.start(['run', '-v', 'a']);
  const ended = once(otto, 'exit');
  const stderr = createInterface(otto.stderr as Readable);
  const [line] = (await once(stderr, 'line')) as [string];
  const run = line.replace('otto: the run is kept in ', '');
  await heldAt(join(run, 'tasks/a/stdout.log'));
  otto.kill('SIGINT');
  await vi.waitFor(() =>
    expect(JSON.parse(readFileSync(join(run, 'run.json'), 'utf8')).result).toBe('interrupted'),
  );
  (otto.stdout as Readable).resume();
  expect(await ended).toEqual([130, null]);
});
