import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { noticeReporter } from '../../src/report/notices.ts';
import { rawReporter } from '../../src/report/raw.ts';
import type { RunEvent } from '../../src/run/events.ts';
import { ended, finished, output, Paper, play, started, task } from './rig.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function show(...events: readonly RunEvent[]): Paper {
  const paper = new Paper();
  play(rawReporter(paper.screen), events);
  return paper;
}

describe('raw output', () => {
  test('is what the tasks wrote, at once, each stream by itself', () => {
    const odd = Buffer.from([0, 255, 13, 10, 104]);
    const paper = show(started('a'), output('a', odd), output('a', 'prompt? ', 'stderr'));
    expect(paper.bytes('stdout')).toEqual(odd);
    expect(paper.text('stderr')).toBe('prompt? ');
  });

  test('of another task waits for the end of an open line', () => {
    const paper = show(output('a', 'ha'), output('b', 'other\n'), output('a', 'lf\n'));
    expect(paper.text()).toBe('half\nother\n');
  });

  test('does not wait for a line of a task that has ended, nor of the other stream', () => {
    expect(show(output('a', 'ha'), output('b', 'other\n'), finished('a')).text()).toBe('haother\n');
    expect(show(output('a', 'ha'), output('b', 'x\n', 'stderr')).text('stderr')).toBe('x\n');
  });

  test('does not wait for long', () => {
    const paper = show(output('a', 'prompt? '), output('b', 'other\n'));
    expect(paper.text()).toBe('prompt? ');
    vi.runAllTimers();
    expect(paper.text()).toBe('prompt? other\n');
  });

  test('does not pile up', () => {
    const paper = show(output('a', 'prompt? '), output('b', 'x'.repeat(100_000)));
    expect(paper.bytes()).toHaveLength(100_008);
  });

  test('never has a character that is split by another task', () => {
    const [head, tail] = [Buffer.from('€').subarray(0, 2), Buffer.from('€').subarray(2)];
    const paper = show(output('a', head), output('b', 'x\n'), output('a', tail), output('a', '\n'));
    expect(paper.text()).toBe('x\n€\n');
  });

  test('gets no newline for what otto says: that begins a line of its own on stderr', () => {
    const paper = new Paper();
    play(rawReporter(paper.screen), [output('a', 'no newline')]);
    play(noticeReporter(paper.screen), [
      { type: 'task-notice', task: task('a'), notice: { kind: 'leftover-processes', count: 1 } },
    ]);
    expect(paper.text('stdout')).toBe('no newline');
    expect(paper.text('stderr')).toMatch(/^\notto: task "a": left 1 process/);
  });
});

test('whatever comes, all of it is written, and of each task in its order', () => {
  const pieces = { a: ['A\n', 'aa', 'é'], b: ['B\n', 'bb', '€'] };
  const anyChunk = fc.record({
    who: fc.constantFrom('a' as const, 'b' as const),
    piece: fc.nat(2),
    cut: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(anyChunk), (chunks) => {
      const events = chunks.flatMap(({ who, piece, cut }) => {
        const bytes = Buffer.from(pieces[who][piece] ?? '');
        return cut
          ? [output(who, bytes.subarray(0, 1)), output(who, bytes.subarray(1))]
          : [output(who, bytes)];
      });
      const shown = show(...events, finished('a'), finished('b'), ended('succeeded')).text();
      for (const [who, other] of [
        ['a', /[Bb€\n]/g],
        ['b', /[Aaé\n]/g],
      ] as const) {
        const own = chunks.filter((chunk) => chunk.who === who).map(({ piece }) => pieces[who][piece]);
        expect(shown.replace(other, '')).toBe(own.join('').replaceAll('\n', ''));
      }
    }),
  );
});
