import { chmodSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import type { Failure } from '../../src/base/failure.ts';
import type { TaskName } from '../../src/base/task-name.ts';
import { databasePath } from '../../src/history/open-index.ts';
import { Recorder } from '../../src/history/recorder.ts';
import type { RetentionRule } from '../../src/history/retention.ts';
import { listRuns, type RunPlace, runPath } from '../../src/history/state-tree.ts';
import type { RunEvent } from '../../src/run/events.ts';
import { bundleProgram } from './child-program.ts';
import { databaseOf, rowsOf, sqlite } from './database.ts';
import { DAY_MS, FOLDER, live, makeHome, writeRun } from './rig.ts';

const driver = await sqlite();
const build = 'build' as TaskName;

/** Lets a recorder hear a whole run; gives what it complained about. */
async function recordRun(home: string, place: RunPlace, retention: RetentionRule | null = null) {
  const problems: Failure[] = [];
  const recorder = new Recorder({ home, retention, onProblem: (problem) => problems.push(problem) });
  const at = new Date();
  const events: RunEvent[] = [
    { type: 'run-started', directory: runPath(home, place), tasks: [build], at },
    { type: 'task-started', task: build, at },
    { type: 'task-output', task: build, stream: 'stdout', chunk: Buffer.from('built\n') },
    { type: 'run-finished', result: 'succeeded', at, durationMs: 1500 },
  ];
  for (const event of events) recorder.listen(event);
  await recorder.finish();
  return problems;
}

const fail = (problem: Failure): never => expect.unreachable(problem.kind);

const indexed = (home: string) => rowsOf(home, driver, 'SELECT run, result FROM runs ORDER BY run');

test('a run is in the index when the recorder has finished', async () => {
  const home = makeHome();
  const place = writeRun(home, { json: { result: 'failed' } });
  expect(await recordRun(home, place)).toEqual([]);
  expect(indexed(home)).toEqual([{ run: place.run, result: 'failed' }]);
});

test('a run without any task is recorded too', async () => {
  const home = makeHome();
  const place = writeRun(home, { json: { tasks: [] } });
  const recorder = new Recorder({ home, retention: null, onProblem: fail });
  recorder.listen({ type: 'run-started', directory: runPath(home, place), tasks: [], at: new Date() });
  await recorder.finish();
  expect(indexed(home)).toHaveLength(1);
});

test('a recorder that heard of no run does nothing', async () => {
  const home = makeHome();
  await new Recorder({ home, retention: null, onProblem: fail }).finish();
  expect(listRuns(home, FOLDER)).toEqual([]);
});

test('a run whose record could not be completed is not put down as if it had ended', async () => {
  const home = makeHome();
  expect(await recordRun(home, writeRun(home, { json: live() }))).toEqual([]);
  expect(indexed(home)).toEqual([]);
});

const troubles: Readonly<Record<string, (home: string) => unknown>> = {
  'is damaged': (home) => writeFileSync(databasePath(home), 'x'.repeat(10_000)),
  'is a directory': (home) => mkdirSync(databasePath(home)),
  'is of a newer otto': (home) => {
    const database = databaseOf(home, driver);
    database.exec('PRAGMA user_version = 7');
    database.close();
  },
};

for (const [what, trouble] of Object.entries(troubles)) {
  test(`when otto.db ${what}, a run is told so once and goes on`, async () => {
    const home = makeHome();
    const place = writeRun(home);
    trouble(home);
    const problems = await recordRun(home, place);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ path: databasePath(home) });
  });
}

test('when the home is read-only, a run is told so once and goes on', async () => {
  const program = await bundleProgram(join(import.meta.dirname, 'recording-program.ts'));
  onTestFinished(program.remove);
  const home = makeHome();
  const place = writeRun(home);
  chmodSync(home, 0o555);
  const child = program.start(['once', home, runPath(home, place)], 'unprivileged');
  child.stdin?.end('x');
  const output = await text(child.stdout as NodeJS.ReadableStream);
  chmodSync(home, 0o755);
  const problems = JSON.parse(output.replace('ready\n', ''));
  expect(problems).toMatchObject([{ kind: 'io', path: databasePath(home) }]);
});

test('when run.json has disappeared, that is one problem', async () => {
  const home = makeHome();
  const place = writeRun(home);
  const problems = await recordRun(home, { ...place, run: '2020-01-01T00-00-00.000Z' });
  expect(problems).toMatchObject([{ kind: 'io', code: 'ENOENT' }]);
});

test('old runs leave the directory and the index together', async () => {
  const home = makeHome();
  const rule = { keepDays: 30, keepLast: 1, keepFailedDays: 60 };
  const old = writeRun(home, { at: new Date(Date.now() - 40 * DAY_MS) });
  await recordRun(home, old, rule);
  expect(indexed(home)).toEqual([{ run: old.run, result: 'succeeded' }]);
  const stamp = join(home, FOLDER, '.pruned');
  utimesSync(stamp, new Date(0), new Date(0));
  const young = writeRun(home, { at: new Date() });
  expect(await recordRun(home, young, rule)).toEqual([]);
  expect(indexed(home)).toEqual([{ run: young.run, result: 'succeeded' }]);
  expect(listRuns(home, FOLDER)).toEqual([young]);
});
