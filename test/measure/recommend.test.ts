import { expect, test } from 'vitest';
import { recommend, secondsPerValue } from '../../src/measure/recommend.ts';
import type { BenchResult, LoadResult, WayResult } from '../../src/measure/result.ts';
import { LIMITS } from '../../src/measure/ways/limits.ts';
import { WAYS } from '../../src/measure/ways/ways.ts';

const MIB = 2 ** 20;

const load = (bytes: number, seconds: number, spread = 0): LoadResult => ({
  bytes,
  values: 1,
  otto: {
    cost: {
      seconds: { median: seconds, low: seconds - spread, high: seconds + spread },
      secondsPerValue: seconds,
      bytesPerSecond: null,
      cpuSeconds: null,
      diskBytes: null,
      peakBytes: null,
    },
    refused: null,
  },
  byHand: [],
});

const way = (name: string, kind: WayResult['kind'], loads: readonly LoadResult[]): WayResult => ({
  name,
  kind,
  title: name,
  traits: LIMITS.files,
  missing: null,
  emptySeconds: 0,
  loads,
  calls: [],
  scriptCharacters: { otto: 1, byHand: null },
});

const result = (...ways: WayResult[]): BenchResult => ({
  version: 1,
  otto: '',
  measuredAt: '',
  machine: { cores: 1, memoryBytes: 1, platform: '', node: '', bash: '', fileSystem: '' },
  rounds: 3,
  ways,
});

test('between two sizes the time lies on a line, beyond the largest it grows as between the last two', () => {
  const loads = [load(MIB, 1), load(3 * MIB, 2), load(5 * MIB, 6)];
  expect(secondsPerValue(loads, 1)).toBe(1);
  expect(secondsPerValue(loads, 2 * MIB)).toBe(1.5);
  expect(secondsPerValue(loads, 3 * MIB)).toBe(2);
  expect(secondsPerValue(loads, 7 * MIB)).toBe(10);
  expect(secondsPerValue([load(MIB, 1)], 4 * MIB)).toBe(4);
  expect(secondsPerValue([], 1)).toBeNull();
});

test('another store than the default is recommended when it saves enough', () => {
  const ways = result(way('files', 'store', [load(MIB, 0.2)]), way('shm', 'store', [load(MIB, 0.1)]));
  const wanted = { bytes: MIB, from: 'options' } as const;
  expect(recommend(ways, WAYS, { ...wanted, values: 1 })).toMatchObject({ store: 'shm', savedSeconds: 0.1 });
  const near = result(way('files', 'store', [load(MIB, 0.12)]), way('shm', 'store', [load(MIB, 0.1)]));
  expect(recommend(near, WAYS, { ...wanted, values: 10 })).toMatchObject({ store: 'files', savedSeconds: 0 });
  const tiny = result(way('files', 'store', [load(MIB, 0.004)]), way('shm', 'store', [load(MIB, 0.001)]));
  expect(recommend(tiny, WAYS, { ...wanted, values: 1 })).toMatchObject({ store: 'files', savedSeconds: 0 });
});

test('another store is not recommended on too little evidence', () => {
  const wanted = { bytes: MIB, values: 1, from: 'options' } as const;
  const pair = (spread: number) =>
    result(way('files', 'store', [load(MIB, 0.2, spread)]), way('shm', 'store', [load(MIB, 0.1, spread)]));
  expect(recommend(pair(0.04), WAYS, wanted).store).toBe('shm');
  expect(recommend({ ...pair(0), rounds: 2 }, WAYS, wanted).store).toBe('files');
  expect(recommend(pair(0.06), WAYS, wanted).store).toBe('files');
});

test('what cannot pass such values is left out, and what is no store is shown, not recommended', () => {
  const ways = result(
    way('env', 'capture', [load(1024, 0.0001)]),
    way('stdin', 'stream', [load(1024, 0.0002)]),
    way('files', 'store', [load(1024, 0.01)]),
  );
  const names = (bytes: number) =>
    recommend(ways, WAYS, { bytes, values: 1, from: 'options' }).estimates.map(({ name }) => name);
  expect(names(1024)).toEqual(['env', 'stdin', 'files']);
  expect(names(MIB)).toEqual(['stdin', 'files']);
  expect(recommend(ways, WAYS, { bytes: 1024, values: 1, from: 'options' }).store).toBe('files');
});
