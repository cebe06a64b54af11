import { quantileSorted } from 'simple-statistics';
import { expect, test } from 'vitest';
import { callsOf, costOf, ratioOf } from '../../src/measure/costs.ts';
import { callSeconds, elapsedSeconds, type Reading, readReport } from '../../src/measure/reading.ts';

const reading = (seconds: number, extra: Partial<Reading> = {}): Reading => ({
  seconds,
  callSeconds: null,
  cpuSeconds: null,
  diskBytes: null,
  arrived: 0,
  peakBytes: null,
  ...extra,
});

const readings = (rounds: readonly Reading[], first: Reading | null = null) => ({
  first,
  rounds,
  refused: null,
});

const load = { bytes: 1000, values: 10 };

test('what a run takes that passes nothing is taken off round by round', () => {
  const nothing = readings([reading(1), reading(5), reading(2)]);
  const { cost } = costOf(load, readings([reading(2), reading(7), reading(5)]), nothing, quantileSorted);
  expect(cost?.seconds.median).toBe(2);
  expect(cost?.secondsPerValue).toBe(0.2);
  expect(cost?.bytesPerSecond).toBe(5000);
});

test('what cannot be told from nothing has no speed and no ratio', () => {
  const nothing = readings([reading(2), reading(2), reading(2), reading(2)]);
  const noisy = costOf(
    load,
    readings([reading(1), reading(1.5), reading(3), reading(4)]),
    nothing,
    quantileSorted,
  );
  const clear = costOf(
    load,
    readings([reading(3), reading(3), reading(3), reading(3)]),
    nothing,
    quantileSorted,
  );
  expect(noisy.cost?.bytesPerSecond).toBeNull();
  expect(ratioOf(noisy, clear)).toBeNull();
  expect(ratioOf(clear, noisy)).toBeNull();
  expect(ratioOf(clear, clear)).toBe(1);
});

test('memory is that of the first round, and never less than nothing', () => {
  const nothing = readings([reading(1, { diskBytes: 50 })], reading(1, { peakBytes: 100 }));
  const { cost } = costOf(
    { bytes: 2 ** 20, values: 8 },
    readings([reading(2, { diskBytes: 20 })], reading(1, { peakBytes: 160 })),
    nothing,
    quantileSorted,
  );
  expect(cost).toMatchObject({ peakBytes: 60, diskBytes: 0 });
  const measured = readings([reading(2)], reading(1, { peakBytes: 160 }));
  expect(costOf({ bytes: 16, values: 100 }, measured, nothing, quantileSorted).cost?.peakBytes).toBeNull();
});

test('a refusal is told, also that of the run without values', () => {
  const refused = { first: null, rounds: [], refused: 'no room' };
  const nothing = readings([reading(1)]);
  expect(costOf(load, refused, nothing, quantileSorted)).toEqual({ cost: null, refused: 'no room' });
  expect(costOf(load, nothing, refused, quantileSorted)).toEqual({ cost: null, refused: 'no room' });
});

test('the report of the frame is what bash and /proc say', () => {
  const report =
    '0m0.004s 0m0.000s\n1m2.500s 0m0.250s\nrchar: 1\nwrite_bytes: 4096\ncancelled_write_bytes: 1\n';
  expect(readReport(report)).toEqual({ cpuSeconds: 62.75, diskBytes: 4096 });
  expect(readReport('')).toEqual({ cpuSeconds: null, diskBytes: null });
});

test('the time is that between the first and the last stamp', () => {
  expect(elapsedSeconds('10.5\n11\n12.5\n')).toBe(2);
  expect(elapsedSeconds('10.5\n')).toBeNull();
  expect(elapsedSeconds('')).toBeNull();
});

test('calls are what lies between each two of four stamps, for one value', () => {
  expect(callSeconds('1\n2\n10\n13\n')).toBe(4);
  expect(callSeconds('1\n2\n10\n')).toBeNull();
  const rounds = [20, 40, 30].map((seconds) => reading(0, { callSeconds: seconds }));
  expect(callsOf(load, readings(rounds), quantileSorted).seconds?.median).toBe(3);
  expect(callsOf(load, { first: null, rounds: [], refused: 'no python' }, quantileSorted).refused).toBe(
    'no python',
  );
});

test('a tool that passes fewer values is compared by one value', () => {
  const nothing = readings([reading(1)]);
  const otto = costOf({ bytes: 1, values: 10 }, readings([reading(11)]), nothing, quantileSorted);
  const hand = costOf({ bytes: 1, values: 5 }, readings([reading(11)]), nothing, quantileSorted);
  expect(ratioOf(otto, hand)).toBe(0.5);
});
