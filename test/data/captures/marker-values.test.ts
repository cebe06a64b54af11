import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { TaskName } from '../../../src/base/task-name.ts';
import { Base64Decoder } from '../../../src/data/captures/base64.ts';
import { MarkerValues } from '../../../src/data/captures/marker-values.ts';
import type { Entry } from '../../../src/data/value.ts';

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true });
});

function open() {
  const taskDirectory = mkdtempSync(join(tmpdir(), 'otto-markers-'));
  directories.push(taskDirectory);
  const shown: Buffer[] = [];
  const show = (bytes: Buffer): void => void shown.push(Buffer.from(bytes));
  const values = new MarkerValues({ task: 't' as TaskName, taskDirectory, show });
  return { values, taskDirectory, shown: () => Buffer.concat(shown) };
}

const dataOf = ({ source }: Entry): Buffer =>
  source.kind === 'file' ? readFileSync(source.path) : Buffer.from(source.data);

test('small values are in memory, large ones in files that go when asked', () => {
  const { values, taskDirectory } = open();
  const large = Buffer.alloc(3_000_000, 'é');
  values.push(Buffer.concat([Buffer.from('<OTTO:OUTPUT:a>'), large, Buffer.from('</OTTO:OUTPUT:a>')]));
  values.push(Buffer.from('<OTTO:OUTPUT:b>1</OTTO:OUTPUT:b><OTTO:OUTPUT:a2></OTTO:OUTPUT:a2>'));
  values.end();
  expect(values.entries.map(({ key, type, bytes, source }) => [key, type, bytes, source.kind])).toEqual([
    ['a', 'string', large.length, 'file'],
    ['b', 'string', 1, 'memory'],
    ['a2', 'string', 0, 'memory'],
  ]);
  expect(values.entries[0] && dataOf(values.entries[0]).equals(large)).toBe(true);
  values.removeFiles();
  expect(readdirSync(taskDirectory)).toEqual([]);
});

test('the last value of a key counts, in the place of the first, and leaves no file of the others', () => {
  const { values, taskDirectory } = open();
  const put = (key: string, value: string): void =>
    values.push(Buffer.from(`<OTTO:OUTPUT:${key}>${value}</OTTO:OUTPUT:${key}>`));
  put('a', 'x'.repeat(100_000));
  put('b', '1');
  put('a', '2');
  values.end();
  expect(values.entries.map((entry) => [entry.key, dataOf(entry).toString()])).toEqual([
    ['a', '2'],
    ['b', '1'],
  ]);
  expect(readdirSync(taskDirectory)).toEqual([]);
});

test('base64 of any bytes, large and wrapped', () => {
  const { values, taskDirectory } = open();
  const data = Buffer.alloc(1_000_000, Buffer.from([0, 255, 1, 254]));
  const wrapped = data.toString('base64').replace(/.{76}/g, '$&\r\n');
  values.push(Buffer.from(`<OTTO:OUTPUT:a:base64>\n${wrapped}\n</OTTO:OUTPUT:a:base64>`));
  values.push(Buffer.from('<OTTO:OUTPUT:b:base64></OTTO:OUTPUT:b:base64>'));
  values.end();
  expect(values.failure).toBe(null);
  expect(values.entries.map(({ key, type, bytes }) => [key, type, bytes])).toEqual([
    ['a', 'bytes', 1_000_000],
    ['b', 'string', 0],
  ]);
  expect(values.entries[0] && dataOf(values.entries[0]).equals(data)).toBe(true);
  expect(readdirSync(taskDirectory)).toHaveLength(1);
});

test.each(['A', 'A===', 'AA=A', 'AAAA=', 'AA==AAAA', 'A*AA', 'AA-_'])('what is no base64: %s', (text) => {
  const { values, shown } = open();
  values.push(Buffer.from(`<OTTO:OUTPUT:k:base64>${text}</OTTO:OUTPUT:k:base64>`));
  expect(values.failure?.failure).toMatchObject({ kind: 'value', key: 'k' });
  values.push(Buffer.from('later <OTTO:OUTPUT:k>v</OTTO:OUTPUT:k>'));
  values.end();
  expect(shown().toString()).toBe('later <OTTO:OUTPUT:k>v</OTTO:OUTPUT:k>');
});

test('base64 in pieces of any length', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 50 }),
      fc.array(fc.integer({ min: 0, max: 6 })),
      (data, lengths) => {
        const text = Buffer.from(
          Buffer.from(data)
            .toString('base64')
            .replace(/(.{5})/g, '$1 \n'),
        );
        const decoder = new Base64Decoder();
        const decoded: Buffer[] = [];
        let at = 0;
        for (const length of [...lengths, text.length]) {
          decoded.push(decoder.push(text.subarray(at, at + length)));
          at += length;
        }
        expect(decoder.end()).toBe(null);
        expect(Buffer.concat(decoded).equals(data)).toBe(true);
      },
    ),
  );
});

test('a large marker that is not closed is given back whole', () => {
  const { values, shown } = open();
  const bytes = Buffer.concat([
    Buffer.from('<OTTO:OUTPUT:k>'),
    Buffer.alloc(2_000_000, 'ab'),
    Buffer.from('</OTTO:OUT'),
  ]);
  values.push(Buffer.from('text '));
  for (let at = 0; at < bytes.length; at += 60_001) values.push(bytes.subarray(at, at + 60_001));
  values.end();
  expect(shown().toString()).toBe('text ');
  expect(values.entries).toEqual([]);
  expect(values.unclosed?.key).toBe('k');
  expect(Buffer.concat([...(values.unclosed?.pieces() ?? [])]).equals(bytes)).toBe(true);
});

test('without room for a value the failure is kept, and what comes then is shown', () => {
  const { values, taskDirectory, shown } = open();
  rmSync(taskDirectory, { recursive: true });
  directories.splice(directories.indexOf(taskDirectory), 1);
  values.push(Buffer.concat([Buffer.from('<OTTO:OUTPUT:k>'), Buffer.alloc(100_000)]));
  values.push(Buffer.from('more'));
  values.end();
  expect(values.failure?.failure).toMatchObject({ kind: 'io', code: 'ENOENT' });
  expect(shown().toString()).toBe('more');
});
