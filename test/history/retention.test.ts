import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KEEP_NOTHING, type RetentionRule, type RunAge, runsToRemove } from '../../src/history/retention.ts';
import { DEFAULT_RETENTION } from '../../src/ottofile/head.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const DAY_MS = 24 * 60 * 60 * 1000;

const daysAgo = (days: number, result: RunAge['result'] = 'succeeded'): RunAge => {
  const startedAt = new Date(NOW.getTime() - days * DAY_MS);
  return { run: startedAt.toISOString(), startedAt, result };
};
const removed = (runs: readonly RunAge[], rule: RetentionRule = DEFAULT_RETENTION): RunAge[] =>
  runsToRemove(runs, rule, NOW);

test('runs younger than keep_days stay', () => {
  const rule = { keepDays: 30, keepLast: 0, keepFailedDays: 0 };
  const [old, edge, young] = [daysAgo(31), daysAgo(30), daysAgo(29.999)];
  expect(removed([young, edge, old], rule)).toEqual([old, edge]);
});

test('the newest keep_last stay however old they are', () => {
  const runs = [400, 300, 200, 100].map((days) => daysAgo(days));
  expect(removed(runs, { keepDays: 0, keepLast: 3, keepFailedDays: 0 })).toEqual([runs[0]]);
});

test('runs that did not succeed stay for keep_failed', () => {
  const rule = { keepDays: 30, keepLast: 0, keepFailedDays: 60 };
  const runs = [daysAgo(50, 'failed'), daysAgo(45, 'interrupted'), daysAgo(40), daysAgo(61, 'failed')];
  expect(removed(runs, rule)).toEqual([runs[3], runs[2]]);
});

test('a live run stays under every rule', () => {
  expect(removed([daysAgo(4000, 'running'), daysAgo(1)], KEEP_NOTHING)).toEqual([daysAgo(1)]);
});

const someRun = fc.record({
  days: fc.double({ min: 0, max: 100, noNaN: true }),
  result: fc.constantFrom<RunAge['result']>('running', 'succeeded', 'failed', 'interrupted'),
});
const someRuns = fc
  .uniqueArray(someRun, { selector: ({ days }) => Math.round(days * DAY_MS) })
  .map((list) => list.map(({ days, result }) => daysAgo(days, result)));
const number = fc.nat({ max: 100 });
const someRule = fc.record({ keepDays: number, keepLast: number, keepFailedDays: number });

test('a more generous rule never removes more', () => {
  fc.assert(
    fc.property(someRuns, someRule, someRule, (runs, a, b) => {
      const generous = {
        keepDays: Math.max(a.keepDays, b.keepDays),
        keepLast: Math.max(a.keepLast, b.keepLast),
        keepFailedDays: Math.max(a.keepFailedDays, b.keepFailedDays),
      };
      const strict = new Set(removed(runs, a));
      expect(removed(runs, generous).every((run) => strict.has(run))).toBe(true);
    }),
  );
});

test('what remains after a removal remains after the next one', () => {
  fc.assert(
    fc.property(someRuns, someRule, (runs, rule) => {
      const gone = new Set(removed(runs, rule));
      expect(
        removed(
          runs.filter((run) => !gone.has(run)),
          rule,
        ),
      ).toEqual([]);
    }),
  );
});
