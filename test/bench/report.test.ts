import { expect, test } from 'vitest';
import { rowOf } from '../../bench/measure/row.ts';
import { parseOptions } from '../../bench/options.ts';
import { chartsOf } from '../../bench/report/charts.ts';
import { renderDocument } from '../../bench/report/markdown.ts';
import { niceStep } from '../../bench/report/svg.ts';
import { ratioText, timeText } from '../../bench/report/words.ts';
import type { PartResult, Results } from '../../bench/result.ts';

const part: PartResult = {
  part: 'd',
  measuredAt: '2026-01-02T03:04:05.000Z',
  commit: 'abc',
  bytes: 1024,
  load: 0.25,
  machine: { CPU: 'a <fast> one', cores: '2' },
  rows: [
    rowOf(
      {
        work: 'one | task',
        ours: ['otto run'],
        against: [{ subject: 'otto run', baseline: 'a & b', goal: { kind: 'speed-at-least', ratio: 1 } }],
        absent: { moon: 'not installed' },
      },
      new Map([
        ['otto run', [0.1, 0.2]],
        ['a & b', [0.3, 0.4]],
      ]),
    ),
  ],
  checks: [{ what: 'private memory', bytes: 2 ** 25, atMostBytes: 2 ** 24 }],
};
const results: Results = { version: 1, parts: [part] };

test('only what stands between the marks of a section is replaced', () => {
  const before = '# Title\n\n<!-- bench:d -->\nold\n<!-- /bench:d -->\n\nWords by hand.\n';
  const once = renderDocument(before, results);
  expect(once).toContain(
    '# Title\n\n<!-- bench:d -->\n\nMeasured 2026-01-02 03:04 UTC at commit abc; load average before: 0.3.',
  );
  expect(once).toContain('<!-- /bench:d -->\n\nWords by hand.\n');
  expect(once).not.toContain('old');
  expect(renderDocument(once, results)).toBe(once);
});

test('the document says what was measured, what was not, and which goals are missed', () => {
  const text = renderDocument('', results);
  expect(text).toContain('| **`otto run`** | 150 ms | 125 ms – 175 ms | 100 ms – 200 ms |');
  expect(text).toContain('| moon | not measured: not installed |');
  expect(text).toContain('one \\| task');
  expect(text).toContain('| 2.33 × as fast (2.18 – 2.67) | ≥ 1 × as fast | yes |');
  expect(text).toContain('| private memory |  |  | 32.0 MiB | ≤ 16.0 MiB | **no** |');
});

test('a chart is well-formed whatever the names hold, and says its numbers in words', () => {
  const [[file, svg] = ['', '']] = chartsOf(results);
  expect(file).toBe('tasks.svg');
  expect(svg).toContain('>a &amp; b</text>');
  expect(svg).toContain('>150 ms</text>');
  expect(svg.match(/<circle /g)).toHaveLength(2);
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
});

test('times have three digits and the unit that fits', () => {
  const texts = [1.234, 0.9999, 0.0123, 0.000_84, 0.000_000_009, 0].map(timeText);
  expect(texts).toEqual(['1.23 s', '1.00 s', '12.3 ms', '840 µs', '9.00 ns', '0.00 ns']);
});

test('a ratio of speeds is turned round together with its spread', () => {
  const comparison = { subject: 'x', baseline: 'y', ratio: 0.5, low: 0.25, high: 1, met: true };
  expect(ratioText({ ...comparison, goal: { kind: 'speed-at-least', ratio: 1 } })).toBe(
    '2.00 × as fast (1.00 – 4.00)',
  );
  expect(ratioText({ ...comparison, goal: null })).toBe('0.50 × (0.25 – 1.00)');
});

test('axis steps are 1, 2 or 5 times a power of ten', () => {
  expect([0.7, 1, 1.1, 3, 6].map(niceStep)).toEqual([1, 1, 2, 5, 10]);
});

test('no parts named means all; less than the full measurement is never published in the repository', () => {
  expect(parseOptions([])).toMatchObject({ parts: ['a', 'b', 'c', 'd', 'e'], bytes: 2 ** 30, publish: true });
  expect(parseOptions(['c', 'a', '--quick'])).toMatchObject({
    parts: ['a', 'c'],
    quick: true,
    publish: false,
  });
  expect(parseOptions(['--bytes', '5'])).toMatchObject({ bytes: 5, publish: false });
  expect(parseOptions(['--rounds', '2', '--out', 'x'])).toMatchObject({ rounds: 2, out: 'x', publish: true });
  expect(() => parseOptions(['z'])).toThrow('no part "z"');
  expect(() => parseOptions(['--rounds', '0'])).toThrow('--rounds');
});
