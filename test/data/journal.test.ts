import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FailureError } from '../../src/base/failure.ts';
import type { TaskName } from '../../src/base/task-name.ts';
import { type JournalRecord, lastWins, parseJournal } from '../../src/data/journal.ts';
import { type RecordText, records } from '../support/records.ts';

const origin = { task: 'build' as TaskName, fileName: 'journal' as const };
const parse = (text: string | Buffer): JournalRecord[] => parseJournal(Buffer.from(text as string), origin);
const keys = (...texts: readonly RecordText[]): string[] =>
  lastWins(parse(records(...texts))).map(({ key }) => key);
const keysAndValues = (read: readonly JournalRecord[]): unknown[] =>
  read.map((record) => [record.key, record.kind === 'inline' ? record.data.toString() : null]);

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
    const inline = records(['sa', 'x'], ['bb', 'y'], ['jc', '[1]']);
    const files = records(['Sd', '1-2.value'], ['Be', '3-4.value'], ['Jf', '5-6.value'], ['dg', '']);
    expect(parse(inline + files)).toEqual([
      { kind: 'inline', key: 'a', type: 'raw', data: Buffer.from('x') },
      { kind: 'inline', key: 'b', type: 'bytes', data: Buffer.from('y') },
      { kind: 'inline', key: 'c', type: 'json', data: Buffer.from('[1]') },
      { kind: 'file', key: 'd', type: 'raw', fileName: '1-2.value' },
      { kind: 'file', key: 'e', type: 'bytes', fileName: '3-4.value' },
      { kind: 'file', key: 'f', type: 'json', fileName: '5-6.value' },
      { kind: 'deleted', key: 'g' },
    ]);
  });

  test('ignores records that were cut short, wherever they stand', () => {
    const field = fc.string({ unit: fc.constantFrom('a', '.', '=', 's'), maxLength: 3 });
    const written = fc.record({ key: field.map((k) => `k${k}`), value: field, cut: fc.nat(12) });
    fc.assert(
      fc.property(fc.array(written), (all) => {
        const texts = all.map(({ key, value }) => records([`s${key}`, value]));
        const bytes = texts.map((text, i) => text.slice(0, text.length - (all[i]?.cut ?? 0))).join('');
        const whole = all.filter(({ cut }) => cut === 0).map(({ key, value }) => [key, value]);
        expect(keysAndValues(parse(bytes))).toEqual(whole);
      }),
      { numRuns: 2000 },
    );
  });

  test('keys and values come back as they were written', () => {
    const noNul = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }).filter((s) => !s.includes('\0'));
    fc.assert(
      fc.property(fc.array(fc.tuple(noNul, noNul)), (pairs) => {
        const bytes = records(...pairs.map(([key, value]) => [`s${key}`, value] as const));
        expect(keysAndValues(parse(bytes))).toEqual(pairs);
      }),
    );
  });

  test.each([
    ['xkey', 'v', 'key', 'unknown tag "x"'],
    ['s', 'v', '', 'must not be empty'],
    [`s${'k'.repeat(2049)}`, 'v', 'k'.repeat(2049), 'at most 2048 bytes'],
    ['Skey', '../../etc/passwd', 'key', '"../../etc/passwd", which is no spool file'],
    ['Skey', '.value', 'key', 'no spool file'],
    ['Skey', '1-2.value\n', 'key', 'no spool file'],
  ])('refuses %j with %j, naming the task and the key', (name, payload, key, detail) => {
    expect(failureOf(() => parse(records([name, payload])))).toEqual({
      kind: 'value',
      task: 'build',
      key,
      detail: expect.stringContaining(detail),
    });
  });

  test('refuses a key that is not UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('\0s'), Buffer.of(0xff), Buffer.from('\0=1\0.')]);
    expect(failureOf(() => parse(bytes))).toMatchObject({
      kind: 'value',
      detail: 'a key must be valid UTF-8',
    });
  });

  test('a key of 2048 bytes is fine', () => {
    expect(keys([`s${'é'.repeat(1024)}`, 'v'])).toEqual(['é'.repeat(1024)]);
  });
});

describe('lastWins', () => {
  test('the last record counts, at the place of the first', () => {
    expect(lastWins(parse(records(['sa', '1'], ['sb', '2'], ['sa', '3'])))).toMatchObject([
      { key: 'a', data: Buffer.from('3') },
      { key: 'b', data: Buffer.from('2') },
    ]);
  });

  test('a deleted key is gone, and starts anew when it is set again', () => {
    expect(keys(['sa', '1'], ['sb', '2'], ['da', ''])).toEqual(['b']);
    expect(keys(['sa', '1'], ['sb', '2'], ['da', ''], ['sa', '3'])).toEqual(['b', 'a']);
  });

  test('keys that look like properties of objects are keys', () => {
    expect(keys(['s__proto__', '1'], ['s10', '2'], ['s9', '3'], ['sconstructor', '4'])).toEqual([
      '__proto__',
      '10',
      '9',
      'constructor',
    ]);
  });
});
