import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columns } from '../../src/report/columns.ts';
import { progressWords, statusText } from '../../src/report/status-text.ts';

const status = { done: 12, total: 40, failed: 0, running: ['build', 'test', 'lint'], elapsedMs: 5_900 };

test('what has room is shown, in the order in which it started', () => {
  expect(statusText(status, 80)).toBe('[12/40] 5s  build, test, lint');
  expect(statusText({ ...status, failed: 2, elapsedMs: 65_000 }, 80)).toBe(
    '[12/40, 2 failed] 1m 05s  build, test, lint',
  );
  expect(statusText({ ...status, running: [] }, 80)).toBe('[12/40] 5s');
});

test.each([
  [29, '[12/40] 5s  build, test, lint'],
  [28, '[12/40] 5s  build, test +1'],
  [26, '[12/40] 5s  build, test +1'],
  [25, '[12/40] 5s  build +2'],
  [19, '[12/40] 5s'],
  [16, '[12/40] 5s'],
  [15, ''],
])('in %i columns it is cut', (width, line) => {
  expect(statusText(status, width)).toBe(line);
});

test('what a task says of its progress stands beside it, and cannot steer the terminal', () => {
  const words = progressWords({ done: 30, total: 100, text: 'of \u001b[2J the files' });
  expect(statusText({ ...status, running: [`build${words}`, 'test'] }, 80)).toBe(
    '[12/40] 5s  build 30/100 of \\u{1b}[2J the files, test',
  );
  expect(progressWords({ done: 3, total: null, text: '' })).toBe(' 3');
  expect(progressWords({ done: 3, total: 4, text: 'x'.repeat(500) })).toHaveLength(' 3/4 '.length + 40);
});

test('a name without room is cut, wide letters as a whole', () => {
  expect(statusText({ ...status, running: ['東京東京東京東京', 'b'] }, 29)).toBe(
    '[12/40] 5s  東京東京東... +1',
  );
});

test('whatever the names, it is as wide as allowed', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), { maxLength: 20 }),
      fc.integer({ min: 0, max: 120 }),
      fc.nat(10_000),
      (running, width, total) => {
        const text = statusText({ ...status, total, failed: total % 7, running }, width);
        expect(columns(text)).toBeLessThanOrEqual(Math.max(0, width));
        expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      },
    ),
  );
});
