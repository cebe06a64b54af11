import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prefixedReporter } from '../../src/report/prefixed.ts';
import { finished, output, Paper, play, started } from './rig.ts';

function show(...events: Parameters<typeof play>[1]): Paper {
  const paper = new Paper();
  play(prefixedReporter(paper.screen), events);
  return paper;
}

describe('lines', () => {
  test('carry the name of their task, aligned, and stay on their stream', () => {
    const paper = show(started('a', 'long'), output('a', 'one\ntwo\n'), output('long', 'bad\n', 'stderr'));
    expect(paper.text('stdout')).toBe('a    | one\na    | two\n');
    expect(paper.text('stderr')).toBe('long | bad\n');
  });

  test('of names with wide letters are aligned by columns, and one huge name does not push the others', () => {
    const huge = 'x'.repeat(60);
    const paper = show(
      started('ab', '東京', huge),
      output('ab', '1\n'),
      output('東京', '2\n'),
      output(huge, '3\n'),
    );
    expect(paper.text()).toBe(`ab   | 1\n東京 | 2\n${huge} | 3\n`);
  });

  test('are held until they are whole', () => {
    const paper = show(started('a', 'b'), output('a', 'ha'), output('b', 'other\n'), output('a', 'lf\nrest'));
    expect(paper.text()).toBe('b | other\na | half\n');
  });

  test('without a newline at the end come when the task ends', () => {
    const paper = show(started('a'), output('a', 'no newline'), finished('a'), finished('a'));
    expect(paper.text()).toBe('a | no newline\n');
  });

  test('pass invalid UTF-8, NUL and \\r through', () => {
    const odd = Buffer.from([0xff, 0, 0x0d, 0xf0, 0x9f, 0x0a]);
    expect(show(started('a'), output('a', odd)).bytes()).toEqual(Buffer.concat([Buffer.from('a | '), odd]));
  });

  test('that are empty are lines too', () => {
    expect(show(started('a'), output('a', '\n\nx\n')).text()).toBe('a | \na | \na | x\n');
  });

  test('have colours only where they are shown', () => {
    const paper = new Paper(true);
    play(prefixedReporter(paper.screen), [started('a'), output('a', 'x\n')]);
    expect(paper.text()).toBe('\u001b[36ma |\u001b[0m x\n');
  });
});

describe('a line without end', () => {
  const MEBIBYTE = Buffer.alloc(1024 * 1024, 'x');

  test('is written in pieces that make one line', () => {
    const paper = show(
      started('a'),
      ...Array.from({ length: 10 }, () => output('a', MEBIBYTE)),
      finished('a'),
    );
    expect(paper.written.length).toBeGreaterThan(9);
    expect(
      paper
        .bytes()
        .equals(Buffer.concat([Buffer.from('a | '), Buffer.alloc(10 << 20, 'x'), Buffer.from('\n')])),
    ).toBe(true);
  });

  test('is broken for the line of another task, never mixed with it', () => {
    const paper = show(
      started('a', 'b'),
      output('a', MEBIBYTE),
      output('b', 'whole\n', 'stderr'),
      output('a', 'tail\n'),
    );
    const x = MEBIBYTE.toString();
    expect(paper.text('stdout')).toBe(`a | ${x}\na | tail\n`);
    expect(paper.text()).toBe(`a | ${x}\nb | whole\na | tail\n`);
  });
});

test('whatever the chunks, every line of output is one line with its prefix', () => {
  const anyChunks = fc.array(
    fc.record({ who: fc.constantFrom('a', 'b'), text: fc.string({ unit: fc.constantFrom('x', '\n', 'y') }) }),
  );
  fc.assert(
    fc.property(anyChunks, (chunks) => {
      const paper = show(
        started('a', 'b'),
        ...chunks.map(({ who, text }) => output(who, text)),
        finished('a'),
        finished('b'),
      );
      for (const who of ['a', 'b']) {
        const own = chunks.filter((chunk) => chunk.who === who).map(({ text }) => text);
        const lines = own.join('').split('\n');
        if (lines.at(-1) === '') lines.pop();
        const shown = paper
          .text()
          .split('\n')
          .filter((line) => line.startsWith(`${who} | `));
        expect(shown.map((line) => line.slice(4))).toEqual(lines);
      }
    }),
  );
});
