import { expect, test } from 'vitest';
import { contender, interleave, rotated } from '../../bench/measure/interleave.ts';
import { isMet, rowOf } from '../../bench/measure/row.ts';
import { compare, median, quantile, summarize } from '../../bench/measure/statistics.ts';

test('the median of an even number of samples lies between the middle two', () => {
  expect(median([9, 1, 3, 5])).toBe(4);
  expect(median([9, 1, 5])).toBe(5);
});

test('quartiles are interpolated and the samples are left as they were', () => {
  const samples = [5, 1, 4, 2, 3];
  expect(summarize(samples)).toEqual({ median: 3, low: 2, high: 4, min: 1, max: 5 });
  expect(quantile([10, 20], 0.25)).toBe(12.5);
  expect(samples).toEqual([5, 1, 4, 2, 3]);
});

test('there is no median of nothing', () => {
  expect(() => median([])).toThrow(RangeError);
});

test('the ratio is one of medians, its spread one of rounds', () => {
  const slowMinute = { subject: [1, 2, 10], baseline: [2, 4, 10] };
  expect(compare(slowMinute.subject, slowMinute.baseline)).toEqual({ ratio: 0.5, low: 0.5, high: 0.75 });
  expect(() => compare([1], [1, 2])).toThrow(RangeError);
});

test('every contender has every place in the order equally often', () => {
  const orders = [0, 1, 2, 3].map((round) => rotated(['a', 'b', 'c'], round).join(''));
  expect(orders).toEqual(['abc', 'bca', 'cab', 'abc']);
  expect(rotated([], 3)).toEqual([]);
});

test('contenders take turns, and the first round is not counted', async () => {
  const turns: string[] = [];
  const counted = (name: string) => contender(name, () => turns.push(name));
  const samples = await interleave([counted('a'), counted('b')], 2);
  expect(turns.join('')).toBe('ababba');
  expect(samples).toEqual(
    new Map([
      ['a', [3, 6]],
      ['b', [4, 5]],
    ]),
  );
});

test('one turn may give several series', async () => {
  const samples = await interleave([{ series: ['span', 'wall'], turn: () => [1, 2] }], 2);
  expect(samples).toEqual(
    new Map([
      ['span', [1, 1]],
      ['wall', [2, 2]],
    ]),
  );
});

test('a goal of time is a highest ratio, a goal of speed a lowest one', () => {
  expect(isMet({ kind: 'time-at-most', ratio: 0.8 }, 0.8)).toBe(true);
  expect(isMet({ kind: 'time-at-most', ratio: 0.8 }, 0.81)).toBe(false);
  expect(isMet({ kind: 'speed-at-least', ratio: 4 }, 0.25)).toBe(true);
  expect(isMet({ kind: 'speed-at-least', ratio: 4 }, 0.26)).toBe(false);
});

test('a rival that is missing is named in the row and compared with nothing', () => {
  const row = rowOf(
    {
      work: 'work',
      ours: ['otto'],
      against: [
        { subject: 'otto', baseline: 'loop', goal: { kind: 'time-at-most', ratio: 2 } },
        { subject: 'otto', baseline: 'rival', goal: { kind: 'speed-at-least', ratio: 1 } },
      ],
      absent: { rival: 'not installed' },
    },
    new Map([
      ['otto', [3, 3]],
      ['loop', [1, 1]],
    ]),
  );
  expect(row.series.map(({ name }) => name)).toEqual(['otto', 'loop', 'rival']);
  expect(row.series[2]).toEqual({ name: 'rival', ours: false, notMeasured: 'not installed' });
  expect(row.comparisons).toEqual([
    {
      subject: 'otto',
      baseline: 'loop',
      ratio: 3,
      low: 3,
      high: 3,
      goal: { kind: 'time-at-most', ratio: 2 },
      met: false,
    },
  ]);
});
