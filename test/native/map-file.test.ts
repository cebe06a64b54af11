import { mkdtempSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadNative } from '../../src/data/native-addon.ts';

let directory: string;
const file = (): string => join(directory, 'value');

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'otto-map-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('a file is there byte for byte, also when its name has gone', () => {
  const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, n) => (n * 7) % 256));
  writeFileSync(file(), bytes);
  const view = loadNative().mapFile(file());
  unlinkSync(file());
  expect(bytes.equals(view)).toBe(true);
});

test('an empty file is an empty array', () => {
  writeFileSync(file(), '');
  expect(loadNative().mapFile(file())).toEqual(new Uint8Array());
});

test('a gigabyte takes no memory of this process', () => {
  writeFileSync(file(), '');
  truncateSync(file(), 2 ** 30);
  const before = process.memoryUsage().rss;
  const view = loadNative().mapFile(file());
  expect(view.length).toBe(2 ** 30);
  expect(view[2 ** 30 - 1]).toBe(0);
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20);
});

test('what cannot be mapped is an error that names it', () => {
  expect(() => loadNative().mapFile(join(directory, 'missing'))).toThrow(
    expect.objectContaining({ code: 'io', path: join(directory, 'missing') }),
  );
  expect(() => loadNative().mapFile(directory)).toThrow(expect.objectContaining({ path: directory }));
  writeFileSync(file(), '');
  truncateSync(file(), 2 ** 32 + 1);
  expect(() => loadNative().mapFile(file())).toThrow(expect.objectContaining({ code: 'too-large' }));
});
