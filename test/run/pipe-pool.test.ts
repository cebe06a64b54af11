import { once } from 'node:events';
import { closeSync, mkdtempSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadNative } from '../../src/data/native-addon.ts';
import { PipePool } from '../../src/run/pipe-pool.ts';
import { SystemPipes } from '../../src/run/pipe-source.ts';
import type { OpenPipe } from '../../src/run/task-pipes.ts';

/** Writes a word into the pipe, closes it, and returns what comes out. */
async function through(pipe: OpenPipe, word: string): Promise<string> {
  let text = '';
  pipe.reader.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  writeSync(pipe.writer, word);
  closeSync(pipe.writer);
  await once(pipe.reader, 'close');
  return text;
}

const sources = [
  ['FIFOs', () => new PipePool(1)],
  ['the addon', () => new SystemPipes(loadNative())],
] as const;

test.each(sources)('pipes from %s carry both streams, task after task', async (_name, open) => {
  const pool = open();
  for (const word of ['one', 'two', 'three']) {
    const pipes = await pool.take();
    const { stdout, stderr } = pipes?.open() ?? expect.unreachable();
    expect(await through(stdout, word)).toBe(word);
    expect(await through(stderr, `${word}!`)).toBe(`${word}!`);
    pipes?.giveBack();
  }
  pool.close();
});

test.each(sources)('%s: more pipes are made when all are in use', async (_name, open) => {
  const pool = open();
  const taken = await Promise.all([pool.take(), pool.take(), pool.take()]);
  expect(taken.every((pipes) => pipes !== null)).toBe(true);
  expect(new Set(taken).size).toBe(3);
  pool.close();
});

test('they leave nothing in the file system while they are used', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'otto-test-pipes-'));
  const { TMPDIR } = process.env;
  process.env.TMPDIR = directory;
  try {
    const pool = new PipePool(2);
    const pipes = await pool.take();
    const { stdout, stderr } = pipes?.open() ?? expect.unreachable();
    expect(readdirSync(directory)).toEqual([]);
    for (const pipe of [stdout, stderr]) await through(pipe, '');
    pool.close();
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    rmSync(directory, { recursive: true });
  }
});

test('a machine without mkfifo has none', async () => {
  const { PATH } = process.env;
  process.env.PATH = '/nowhere';
  try {
    const pool = new PipePool(1);
    expect(await pool.take()).toBeNull();
    expect(await pool.take()).toBeNull();
    pool.close();
  } finally {
    process.env.PATH = PATH;
  }
});
