import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { databaseOf, sqlite } from '../history/database.ts';
import { project } from './project.ts';

test('a signal after the last task does not keep the run from being recorded', async () => {
  using dir = project('tasks: {a: {bash: "true"}}');
  dir.otto(['run', 'a']);
  const database = databaseOf(dir.home, await sqlite());
  // While the index is locked otto stays in the moment between the tasks and its end.
  database.exec('BEGIN IMMEDIATE');
  const otto = dir.start(['run', 'a']);
  const exit = once(otto, 'exit');
  await once(createInterface(otto.stderr as Readable), 'line');
  otto.kill('SIGINT');
  database.close();
  const [code, signal] = await exit;
  expect(signal).toBeNull();
  expect([0, 130]).toContain(code);
  expect(JSON.parse(dir.otto(['history', '--json']).stdout)).toHaveLength(2);
});
