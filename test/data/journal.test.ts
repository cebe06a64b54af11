import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FailureError } from '../../src/base/failure.ts';
import type { TaskName } from '../../src/base/task-name.ts';
import { type JournalRecord, lastWins, parseJournal } from '../../src/data/journal.ts';

const origin = { task: 'build' as TaskName, fileName: 'journal' as const };
const parse = (text: string | Buffer): JournalRecord[] => parseJournal(Buffer.from(text as string), origin);
const keys = (text: string): string[] => lastWins(parse(text)).map(({ key }) => key);

function failureOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error instanceof FailureError ? error.failure : error;
  }
  return undefined;
}

describe('parseJournal', () => {
  test('reads each tag as its type', () => {
    expect(parse('sa\0x\0bb\0y\0jc\0[1]\0Sd\x001-2.value\0Be\x003-4.value\0Jf\x005-6.value\0dg\0\0')).toEqual(
      [
        { kind: 'inline', key: 'a', type: 'raw', data: Buffer.from('x') },
        { kind: 'inline', key: 'b', type: 'bytes', data: Buffer.from('y') },
        { kind: 'inline', key: 'c', type: 'json', data: Buffer.from('[1]') },
        { kind: 'file', key: 'd', type: 'raw', fileName: '1-2.value' },
        { kind: 'file', key: 'e', type: 'bytes', fileName: '3-4.value' },
        { kind: 'file', key: 'f', type: 'json', fileName: '5-6.value' },
        { kind: 'deleted', key: 'g' },
      ],
    );
  });

  test('a cut at any byte gives exactly the records that are whole before it', () => {
    const text = Buffer.from('sfirst\0one\0jsecond\0{"a":1}\0sthird\0\0dfirst\0\0');
    const whole = parse(text);
    const ends = [11, 27, 35, 43];
    for (let cut = 0; cut <= text.length; cut++) {
      const expected = ends.filter((end) => end <= cut).length;
      expect(parse(text.subarray(0, cut))).toEqual(whole.slice(0, expected));
    }
  });

  test('keys and values come back as they were written', () => {
    const noNul = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }).filter((s) => !s.includes('\0'));
    fc.assert(
      fc.property(fc.array(fc.tuple(noNul, noNul)), (pairs) => {
        const bytes = Buffer.concat(pairs.map(([key, value]) => Buffer.from(`s${key}\0${value}\0`)));
        const read = parse(bytes).map((r) => [r.key, r.kind === 'inline' ? r.data.toString() : null]);
        expect(read).toEqual(pairs);
      }),
    );
  });

  test.each([
    ['xkey\0v\0', 'key', 'unknown tag "x"'],
    ['\0key\0v\0', 'key', 'unknown tag "\\u0000"'],
    ['s\0v\0', '', 'must not be empty'],
    [`s${'k'.repeat(2049)}\0v\0`, 'k'.repeat(2049), 'at most 2048 bytes'],
    ['Skey\0../../etc/passwd\0', 'key', '"../../etc/passwd", which is no spool file'],
    ['Skey\0.value\0', 'key', 'no spool file'],
    ['Skey\x001-2.value\n\0', 'key', 'no spool file'],
  ])('refuses %j, naming the task and the key', (text, key, detail) => {
    expect(failureOf(() => parse(text))).toEqual({
      kind: 'value',
      task: 'build',
      key,
      detail: expect.stringContaining(detail),
    });
  });

  test('refuses a key that is not UTF-8', () => {
    const bytes = Buffer.from([0x73, 0xff, 0, 0x31, 0]);
    expect(failureOf(() => parse(bytes))).toMatchObject({
      kind: 'value',
      detail: 'a key must be valid UTF-8',
    });
  });

  test('a key of 2048 bytes is fine', () => {
    expect(keys(`s${'é'.repeat(1024)}\0v\0`)).toEqual(['é'.repeat(1024)]);
  });
});

describe('lastWins', () => {
  test('the last record counts, at the place of the first', () => {
    expect(lastWins(parse('sa\x001\0sb\x002\0sa\x003\0'))).toMatchObject([
      { key: 'a', data: Buffer.from('3') },
      { key: 'b', data: Buffer.from('2') },
    ]);
  });

  test('a deleted key is gone, and starts anew when it is set again', () => {
    expect(keys('sa\x001\0sb\x002\0da\0\0')).toEqual(['b']);
    expect(keys('sa\x001\0sb\x002\0da\0\0sa\x003\0')).toEqual(['b', 'a']);
  });

  test('keys that look like properties of objects are keys', () => {
    expect(keys('s__proto__\x001\0s10\x002\0s9\x003\0sconstructor\x004\0')).toEqual([
      '__proto__',
      '10',
      '9',
      'constructor',
    ]);
  });
});
