import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { databasePath, withIndex } from '../../src/history/open-index.ts';
import { runPath } from '../../src/history/state-tree.ts';
import { bundleProgram, type Program } from './child-program.ts';
import { rowsOf, sqlite } from './database.ts';
import { FOLDER, makeHome, task, writeRun } from './rig.ts';

const driver = await sqlite();
let program: Program;
beforeAll(async () => {
  program = await bundleProgram(join(import.meta.dirname, 'recording-program.ts'));
});
afterAll(() => program.remove());

const ready = (child: ChildProcess) => once(child.stdout as NodeJS.ReadableStream, 'data');
/** Waits until the index has changed so many times, and so at another point of the next change in every round. */
async function changes(home: string, count: number): Promise<void> {
  const newest = () => JSON.stringify(rowsOf(home, driver, 'SELECT max(id) FROM runs'));
  for (let seen = 0, last = ''; seen <= count; ) {
    await new Promise(setImmediate);
    const now = existsSync(databasePath(home)) ? newest() : last;
    if (now !== last) seen++;
    last = now;
  }
}

const integrity = (home: string) => rowsOf(home, driver, 'PRAGMA integrity_check');
const SOUND = [{ integrity_check: 'ok' }];

test('of 100 runs that end at the same moment, all are in the index', { timeout: 180_000 }, async () => {
  const home = makeHome();
  const places = Array.from({ length: 100 }, () => writeRun(home));
  const children = places.map((place) => program.start(['once', home, runPath(home, place)]));
  await Promise.all(children.map(ready));
  const outputs = children.map((child) => text(child.stdout as NodeJS.ReadableStream));
  for (const child of children) child.stdin?.end('x');
  expect(new Set(await Promise.all(outputs))).toEqual(new Set(['[]']));
  expect(rowsOf(home, driver, 'SELECT run FROM runs ORDER BY run')).toEqual(
    places.map(({ run }) => ({ run })),
  );
  expect(rowsOf(home, driver, 'SELECT count(*) AS n FROM "values"')).toEqual([{ n: 100 }]);
  expect(integrity(home)).toEqual(SOUND);
});

test('a recorder killed at any moment leaves whole runs, and blocks nobody', async () => {
  const home = makeHome();
  const tasks = Array.from({ length: 200 }, (_, n) => task(`t${n}`, { kind: 'succeeded' }));
  for (let run = 0; run < 3; run++) writeRun(home, { json: { tasks } });
  for (let round = 0; round < 12; round++) {
    const child = program.start(['forever', home, FOLDER]);
    await ready(child);
    await changes(home, round);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const use = withIndex({ home, driver, timeoutMs: 0 }, (index) => index.forget([]));
    expect(use.problem).toBeNull();
    const perRun = rowsOf(home, driver, 'SELECT count(*) AS n FROM tasks GROUP BY run_id');
    expect(perRun.every((row) => (row as { n: number }).n === tasks.length)).toBe(true);
    expect(integrity(home)).toEqual(SOUND);
  }
  expect(rowsOf(home, driver, 'SELECT count(*) AS n FROM runs')).toEqual([{ n: 3 }]);
});
