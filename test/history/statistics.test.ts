import { expect, test } from 'vitest';
import { type Execution, statisticsByTask, statisticsOf } from '../../src/history/statistics.ts';
import { exitedWith, makeHome, readRun, skipped, task, writeRun } from './rig.ts';

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

test('what did not run has no duration; what an interruption ended has not failed', async () => {
  const home = makeHome();
  const runs = [
    { tasks: [task('a', { kind: 'fresh' }), task('b', skipped('a'))] },
    { result: 'interrupted' as const, tasks: [task('a', exitedWith(1)), task('b', { kind: 'succeeded' })] },
    { result: 'failed' as const, tasks: [task('a', exitedWith(1)), task('b', skipped('a'))] },
  ].map((json) => readRun(home, writeRun(home, { json })));
  expect(await statisticsByTask(runs)).toMatchObject([
    { task: 'a', succeeded: 0, failed: 1, interrupted: 1, fresh: 1, skipped: 0, spread: null },
    { task: 'b', succeeded: 1, failed: 0, interrupted: 0, fresh: 0, skipped: 2, failureRate: 0 },
  ]);
});
