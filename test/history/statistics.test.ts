import { expect, test } from 'vitest';
import { type Execution, statisticsByTask, statisticsOf } from '../../src/history/statistics.ts';
import type { Outcome } from '../../src/run/events.ts';
import type { RunJson } from '../../src/run/run-json.ts';
import { exitedWith, killed, live, makeHome, readRun, skipped, task, writeRun } from './rig.ts';

const ran = (durationMs: number | null, result: Execution['result'] = 'succeeded', run = ''): Execution => ({
  place: { folder: 'f', run },
  result,
  durationMs,
});

test('durations are those of what succeeded, times and rates count everything', async () => {
  const executions = [
    ran(900, 'failed'),
    ran(null, 'interrupted'),
    ...[5, 1, 4, 2, 3].map((ms) => ran(ms, 'succeeded', `r${ms}`)),
  ];
  expect(await statisticsOf(executions)).toEqual({
    succeeded: 5,
    failed: 1,
    interrupted: 1,
    stopped: 0,
    failureRate: 1 / 6,
    spread: { minMs: 1, medianMs: 3, p90Ms: expect.closeTo(4.6), p99Ms: expect.closeTo(4.96), maxMs: 5 },
    trend: null,
    totalMs: 915,
    slowest: ran(5, 'succeeded', 'r5'),
    last: ran(900, 'failed'),
  });
});

test('of nothing there is nothing to tell', async () => {
  expect(await statisticsOf([])).toMatchObject({
    failureRate: null,
    spread: null,
    trend: null,
    slowest: null,
    last: null,
  });
  expect(await statisticsOf([ran(7, 'failed')])).toMatchObject({ failureRate: 1, spread: null });
});

test('percentiles of a hundred durations are where they belong', async () => {
  const executions = Array.from({ length: 100 }, (_, i) => ran(((i * 37) % 100) + 1));
  expect((await statisticsOf(executions)).spread).toEqual({
    minMs: 1,
    medianMs: 50.5,
    p90Ms: expect.closeTo(90.1),
    p99Ms: expect.closeTo(99.01),
    maxMs: 100,
  });
});

test('the trend compares the newest ten with the ten before, or the halves of less', async () => {
  const times = (count: number, ms: number) => Array.from({ length: count }, () => ran(ms));
  const trend = async (executions: Execution[]) => (await statisticsOf(executions)).trend;
  expect(await trend([...times(10, 30), ...times(10, 20), ...times(50, 1)])).toEqual({
    count: 10,
    recentMs: 30,
    beforeMs: 20,
  });
  expect(await trend([...times(3, 9), ...times(3, 6)])).toEqual({ count: 3, recentMs: 9, beforeMs: 6 });
  expect(await trend([...times(3, 9), ...times(2, 6)])).toBeNull();
});

const cut = (kind: 'interrupted' | 'stopped'): Outcome => ({ kind: 'failed', reason: { kind } });
const notStarted = (kind: 'condition' | 'interrupted' | 'stopped'): Outcome => ({
  kind: 'skipped',
  because: { kind },
});

/** The statistics of tasks in runs that are written and read. */
const statisticsIn = (...runs: Partial<RunJson>[]) => {
  const home = makeHome();
  return statisticsByTask(runs.map((json) => readRun(home, writeRun(home, { json }))));
};

test('what did not run has no duration; what an interruption ended has not failed', async () => {
  const found = await statisticsIn(
    { tasks: [task('a', { kind: 'fresh' }), task('b', skipped('a'))] },
    { result: 'interrupted', tasks: [task('a', cut('interrupted')), task('b', { kind: 'succeeded' })] },
    { result: 'failed', tasks: [task('a', exitedWith(1)), task('b', skipped('a'))] },
  );
  expect(found).toMatchObject([
    { task: 'a', succeeded: 0, failed: 1, interrupted: 1, fresh: 1, skipped: 0, spread: null },
    { task: 'b', succeeded: 1, failed: 0, interrupted: 0, fresh: 0, skipped: 2, failureRate: 0 },
  ]);
});

test('a task that had failed before the run was interrupted has failed', async () => {
  const found = await statisticsIn({ result: 'interrupted', tasks: [task('a', exitedWith(1))] });
  expect(found).toMatchObject([{ failed: 1, interrupted: 0, failureRate: 1 }]);
});

test('each reason for not starting counts on its own, and who was stopped has not failed', async () => {
  const outcomes = [
    notStarted('condition'),
    notStarted('condition'),
    notStarted('stopped'),
    notStarted('interrupted'),
    skipped('x'),
    cut('stopped'),
  ];
  const found = await statisticsIn(...outcomes.map((outcome) => ({ tasks: [task('a', outcome)] })));
  expect(found).toMatchObject([
    {
      skipped: 5,
      skippedBecause: { condition: 2, stopped: 1, interrupted: 1, dependency: 1 },
      stopped: 1,
      failed: 0,
      failureRate: null,
    },
  ]);
});

test('in a run that was killed some tasks were cut off, and others never started', async () => {
  const tasks = [
    { ...task('a', null), durationMs: null },
    { ...task('b', null), startedAt: null, durationMs: null },
  ];
  expect(await statisticsIn({ ...killed(), tasks })).toMatchObject([
    { task: 'a', interrupted: 1, skipped: 0 },
    { task: 'b', interrupted: 0, skippedBecause: { interrupted: 1 } },
  ]);
  expect(await statisticsIn({ ...live(), tasks })).toMatchObject([
    { task: 'a', interrupted: 0, skipped: 0 },
    { task: 'b', interrupted: 0, skipped: 0 },
  ]);
});
