import { linkSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CopiedFile, CopiedFiles } from '../../src/data/copied-files.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'otto-copied-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const path = (name: string): string => join(directory, name);
const copyTo = (name: string) => async (): Promise<CopiedFile> => ({
  path: name,
  hashed: { xxh128: name, bytes: 1, utf8: true },
});

test('a file with several links is copied once', async () => {
  const files = new CopiedFiles();
  writeFileSync(path('a'), 'x');
  linkSync(path('a'), path('b'));
  const [first, second] = await Promise.all([
    files.of(path('a'), copyTo('one')),
    files.of(path('b'), copyTo('two')),
  ]);
  expect([first.path, second.path]).toEqual(['one', 'one']);
  files.forget(path('a'));
  unlinkSync(path('a'));
  expect((await files.of(path('b'), copyTo('three'))).path).toBe('one');
});

test('a file that is gone is forgotten: another one may get its inode number', async () => {
  const files = new CopiedFiles();
  for (let round = 0; round < 50; round++) {
    writeFileSync(path('a'), 'x');
    expect((await files.of(path('a'), copyTo(`copy ${round}`))).path).toBe(`copy ${round}`);
    files.forget(path('a'));
    unlinkSync(path('a'));
  }
});

test('a copy that failed is tried again', async () => {
  const files = new CopiedFiles();
  writeFileSync(path('a'), 'x');
  await expect(files.of(path('a'), () => Promise.reject(new Error('disk full')))).rejects.toThrow(
    'disk full',
  );
  expect((await files.of(path('a'), copyTo('again'))).path).toBe('again');
});
