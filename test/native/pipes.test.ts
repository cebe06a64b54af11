import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadNative } from '../../src/data/native-addon.ts';
import { regionRig, runChild } from '../support/region-rig.ts';

const { openPipe, writeNow, PipeReader, isTerminal } = loadNative();

test('writing now takes what a pipe has room for, never waits, and loses nothing', () => {
  const { reader, writer } = openPipe();
  const bytes = Buffer.alloc(1024 * 1024, 'x');
  const written = writeNow(writer, bytes);
  expect(written).toBeGreaterThanOrEqual(4096);
  expect(written).toBeLessThan(bytes.length);
  expect(writeNow(writer, bytes)).toBe(0);
  expect(readSync(reader, bytes)).toBe(written);
  expect(writeNow(writer, Buffer.from('more'))).toBe(4);
  closeSync(reader);
  expect(writeNow(writer, Buffer.from('nobody'))).toBe(0);
  closeSync(writer);
});

test('writing now takes all for a file, nothing for what is no descriptor', () => {
  const directory = mkdtempSync(join(tmpdir(), 'otto-test-write-'));
  try {
    const path = join(directory, 'file');
    const file = openSync(path, 'w');
    const bytes = Buffer.alloc(100_000, 'y');
    expect([writeNow(file, bytes), isTerminal(file)]).toEqual([bytes.length, false]);
    closeSync(file);
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(writeNow(-1, bytes)).toBe(0);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('what writing now is not made for is refused', () => {
  for (const bad of [[], ['1', Buffer.alloc(1)], [1], [1, 'text']])
    expect(() => Reflect.apply(writeNow, undefined, bad), String(bad)).toThrow();
});

test('a reader that is paused gets nothing, one that is closed never does', async () => {
  const { reader, writer } = openPipe();
  const pieces: (string | null)[] = [];
  let ended = (): void => undefined;
  const end = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const paused = new PipeReader(reader, (piece) => {
    pieces.push(piece?.toString() ?? null);
    if (piece === null) ended();
  });
  const other = openPipe();
  const closed = new PipeReader(other.reader, () => expect.unreachable());
  closed.close();
  closed.resume();
  expect(writeNow(other.writer, Buffer.from('nobody'))).toBe(0);
  closeSync(other.writer);
  paused.pause();
  writeNow(writer, Buffer.from('held back'));
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(pieces).toEqual([]);
  paused.resume();
  closeSync(writer);
  await end;
  expect(pieces).toEqual(['held back', null]);
  for (const act of ['pause', 'resume', 'unref', 'close'] as const) paused[act]();
});

test('a reader keeps its process alive until it is told not to; what its function throws is uncaught', () => {
  const child = runChild(
    `const native = otto;
    const first = native.openPipe();
    const second = native.openPipe();
    process.on('uncaughtException', ({ message }) => console.log('uncaught', message));
    process.on('exit', () => console.log('exit'));
    new native.PipeReader(second.reader, () => console.log('never')).unref();
    new native.PipeReader(first.reader, (piece) => {
      console.log(String(piece));
      if (piece !== null) throw new Error('thrown');
    });
    setTimeout(() => {
      native.writeNow(first.writer, Buffer.from('late'));
      require('node:fs').closeSync(first.writer);
    });`,
    regionRig().root,
  );
  expect(child).toMatchObject({ status: 0, stdout: 'late\nuncaught thrown\nnull\nexit\n', stderr: '' });
});

test('a thread that ends, or is ended, while it reads pipes closes them', () => {
  const child = runChild(
    `const native = otto;
    const { Worker } = require('node:worker_threads');
    const source = \`
      const { parentPort, workerData } = require('node:worker_threads');
      const target = { exports: {} };
      process.dlopen(target, workerData.addon);
      const read = () => {
        const { reader, writer } = target.exports.openPipe();
        new target.exports.PipeReader(reader, () => process.exit(9));
        return writer;
      };
      parentPort.postMessage(Array.from({ length: 20 }, read));
      if (workerData.exits) process.exit(5);\`;
    const run = (exits) => new Promise((resolve) => {
      const worker = new Worker(source, { eval: true, workerData: { addon, exits } });
      worker.on('message', (writers) => {
        if (!exits) worker.terminate();
        worker.on('exit', (code) => {
          resolve([code, ...new Set(writers.map((writer) => native.writeNow(writer, Buffer.from('x'))))]);
        });
      });
    });
    Promise.all([run(true), run(false)]).then((results) => console.log(JSON.stringify(results)));`,
    regionRig().root,
  );
  expect(child).toMatchObject({ status: 0, stdout: '[[5,0],[1,0]]\n', stderr: '' });
});

test('what is no pipe and no function is refused', () => {
  for (const bad of [[], [1], ['1', () => undefined], [-1, () => undefined]])
    expect(() => Reflect.construct(PipeReader, bad), String(bad)).toThrow(/PipeReader/);
});
