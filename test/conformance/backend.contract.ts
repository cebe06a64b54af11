import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { encodeTaskName, type TaskName } from '../../src/base/task-name.ts';
import {
  type Backend,
  type Incoming,
  MAX_IN_MEMORY_BYTES,
  type SealDirectory,
} from '../../src/data/broker/backend.ts';
import { bytesOf } from '../../src/data/entry-bytes.ts';
import type { Entry, ValueType } from '../../src/data/value.ts';

export interface BackendUnderTest {
  readonly name: string;
  open(runDirectory: string): Backend;
  /** Sets a value past the broker, as a task can by hand; back ends that know no such way do not have it. */
  readonly setByHand?: (backend: Backend, task: TaskName, value: HandMade) => Promise<void>;
  /** What a task finds under a key by hand. */
  readonly getByHand?: (backend: Backend, task: TaskName, key: string) => string;
}

export interface HandMade {
  readonly key: string;
  readonly text: string;
}

const TASK = 'build: ü/1' as TaskName;
const OTHER = 'build' as TaskName;

/** Keys and bytes that a careless back end takes for something else. */
const HOSTILE_KEYS = [
  'a',
  ' ',
  'a.b',
  'a:b',
  '%_',
  "'; --",
  '"',
  '$(x)',
  '\n',
  'ключ',
  '*',
  '\\',
  'A',
  'k'.repeat(2048),
];
const HOSTILE_BYTES = [
  Buffer.alloc(0),
  Buffer.from([0]),
  Buffer.from([0xff, 0xfe, 0x00, 0x0a]),
  Buffer.from('"\'\\;--$(x)\r\n\r\n'),
  Buffer.from('zwölf \u{1f600}'),
  Buffer.alloc(4096, 'x'),
  Buffer.alloc(MAX_IN_MEMORY_BYTES, 7),
];

/** The contract of src/data/broker/backend.ts. */
export function backendContract(under: BackendUnderTest): void {
  let directory: string;
  let backend: Backend;
  let files: number;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'otto-backend-'));
    files = 0;
    for (const task of [TASK, OTHER]) mkdirSync(spoolOf(task), { recursive: true });
    backend = under.open(directory);
    await backend.start();
    for (const task of [TASK, OTHER]) await backend.open(task);
  });
  afterEach(async () => {
    await backend.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const spoolOf = (task: TaskName): string => join(directory, 'tasks', encodeTaskName(task));
  const sealDirectory = (task: TaskName): SealDirectory => ({
    newFile: () => join(spoolOf(task), `0-${++files}.value`),
  });
  const asFile = (data: Buffer): Incoming => {
    const path = join(directory, `incoming-${++files}`);
    writeFileSync(path, data);
    return { kind: 'file', path, bytes: data.length };
  };
  const incoming = (data: Buffer): Incoming =>
    data.length > MAX_IN_MEMORY_BYTES ? asFile(data) : { kind: 'memory', data };
  const put = (key: string, data: Buffer | string, type: ValueType = 'raw', task = TASK): Promise<void> =>
    backend.put({ task, key, type, value: incoming(Buffer.from(data)) });
  const seal = async (task = TASK): Promise<[string, ValueType, Buffer][]> =>
    shown(await backend.seal(task, sealDirectory(task)));

  test('gives what was put, in the order of the first puts', async () => {
    await put('b', 'first');
    await put('a', '[1, 2]', 'json');
    await put('c', Buffer.from([0, 255]), 'bytes');
    await put('b', 'last', 'string');
    expect(await seal()).toEqual([
      ['b', 'string', Buffer.from('last')],
      ['a', 'json', Buffer.from('[1, 2]')],
      ['c', 'bytes', Buffer.from([0, 255])],
    ]);
  });

  test('a deleted key is gone, and starts anew when it is put again', async () => {
    await put('a', '1');
    await put('b', '2');
    await backend.delete(TASK, 'a');
    await backend.delete(TASK, 'never set');
    expect(await backend.get(TASK, 'a')).toBeNull();
    await put('a', '3');
    expect((await seal()).map(([key, , data]) => `${key}=${data}`)).toEqual(['b=2', 'a=3']);
  });

  test('keys and bytes of any kind stay as they are', async () => {
    const keys = HOSTILE_KEYS;
    for (const [index, key] of keys.entries()) {
      for (const data of HOSTILE_BYTES) {
        await put(key, data, 'bytes');
        expect((await contentOf(await backend.get(TASK, key)))?.equals(data), key).toBe(true);
      }
      await put(key, `value ${index}`);
    }
    expect(await seal()).toEqual(keys.map((key, index) => [key, 'raw', Buffer.from(`value ${index}`)]));
  });

  test('values above the limit of memory come as files, exact', async () => {
    const large = Buffer.alloc(3 * 1024 * 1024 + 1, 'abc\0é');
    await put('large', large, 'bytes');
    await put('edge', Buffer.alloc(MAX_IN_MEMORY_BYTES + 1, 1));
    expect((await contentOf(await backend.get(TASK, 'large')))?.equals(large)).toBe(true);
    const entries = await backend.seal(TASK, sealDirectory(TASK));
    expect(entries.map(({ source }) => source.kind)).toEqual(['file', 'file']);
    const [key, type, data] = (await shown(entries))[0] ?? [];
    expect([key, type, data?.equals(large)]).toEqual(['large', 'bytes', true]);
    for (const { source } of entries)
      if (source.kind === 'file') expect(source.path).toMatch(/\/\d+-\d+\.value$/);
  });

  test('takes an incoming file away, and leaves no second one when its key is put anew', async () => {
    const value = asFile(Buffer.alloc(100_000, 1));
    await backend.put({ task: TASK, key: 'k', type: 'bytes', value });
    if (value.kind === 'file') expect(existsSync(value.path)).toBe(false);
    for (let turn = 0; turn < 5; turn++) await put('k', Buffer.alloc(100_000, turn), 'bytes');
    const [entry] = await backend.seal(TASK, sealDirectory(TASK));
    expect((await contentOf(entry ?? null))?.equals(Buffer.alloc(100_000, 4))).toBe(true);
    expect(readdirSync(spoolOf(TASK)).filter((name) => name.endsWith('.value')).length).toBeLessThanOrEqual(
      1,
    );
  });

  test('tasks do not see each other, also where a name begins another one', async () => {
    await put('k', 'mine');
    await put('k', 'other', 'raw', OTHER);
    await put(`: ü/1:k`, 'odd', 'raw', OTHER);
    expect(await contentOf(await backend.get(TASK, 'k'))).toEqual(Buffer.from('mine'));
    expect(await seal()).toEqual([['k', 'raw', Buffer.from('mine')]]);
    expect((await seal(OTHER)).map(([key]) => key)).toEqual(['k', ': ü/1:k']);
  });

  test('puts of several connections at once all count', async () => {
    const keys = Array.from({ length: 200 }, (_, index) => `k${index}`);
    await Promise.all(keys.map((key) => put(key, key.repeat(1 + (key.length % 3) * 20_000))));
    const found = await seal();
    expect(found.map(([key]) => key).sort()).toEqual(keys.sort());
    for (const [key, , data] of found) expect(data.toString('latin1', 0, key.length)).toBe(key);
  });

  test('what was sealed stays as it was until it is released', async () => {
    await put('k', 'sealed');
    await put('large', Buffer.alloc(100_000, 3));
    const entries = await backend.seal(TASK, sealDirectory(TASK));
    await put('k', 'of another task', 'raw', OTHER);
    await under.setByHand?.(backend, TASK, { key: 'k', text: 'too late' }).catch(() => undefined);
    expect((await shown(entries)).map(([, , data]) => data.length)).toEqual([6, 100_000]);
    await backend.release(TASK);
    await backend.release(TASK);
  });

  test('a task that set nothing has no values', async () => {
    expect(await seal()).toEqual([]);
    expect(await backend.get(OTHER, 'k')).toBeNull();
  });

  test('a discarded task begins with nothing', async () => {
    await put('old', 'x');
    await put('large', Buffer.alloc(100_000, 3));
    await backend.discard(TASK);
    expect(await backend.get(TASK, 'old')).toBeNull();
    await backend.open(TASK);
    await put('new', 'y');
    expect((await seal()).map(([key]) => key)).toEqual(['new']);
  });

  test('leaves the files of restored values where they are', async () => {
    const path = join(directory, 'kept');
    writeFileSync(path, Buffer.alloc(100_000, 5));
    await backend.restore(OTHER, [
      { key: 'small', type: 'json', bytes: 1, source: { kind: 'memory', data: Buffer.from('5') } },
      { key: 'large', type: 'bytes', bytes: 100_000, source: { kind: 'file', path } },
    ]);
    await backend.release(OTHER);
    expect(readFileSync(path).equals(Buffer.alloc(100_000, 5))).toBe(true);
  });

  test('closes twice, and at any moment', async () => {
    const early = under.open(directory);
    await early.close();
    await put('k', 'v');
    await backend.close();
    await backend.close();
  });

  const { getByHand } = under;
  if (getByHand !== undefined)
    test('hands find what sealed values have become, and nobody is told of that', async () => {
      await put('int', ' 42 ', 'string');
      await put('same bytes', 'x', 'string');
      await put('large', Buffer.alloc(100_000, 'y'), 'raw');
      await put('other', ' 1 ');
      await backend.seal(TASK, sealDirectory(TASK));
      await backend.replace?.(TASK, [
        { key: 'int', type: 'json', data: Buffer.from('42') },
        { key: 'same bytes', type: 'bytes', data: null },
        { key: 'large', type: 'json', data: Buffer.from('"zwölf"') },
      ]);
      const found = ['int', 'same bytes', 'large', 'other'].map((key) => getByHand(backend, TASK, key));
      expect(found).toEqual(['42', 'x', '"zwölf"', ' 1 ']);
      await backend.release(TASK);
      expect(backend.takeNotices()).toEqual([]);
    });

  if (under.setByHand === undefined) return;
  test('what was set by hand is a value like any other', async () => {
    await put('a', '1');
    await under.setByHand?.(backend, TASK, { key: 'by hand', text: 'zwölf' });
    expect(await contentOf(await backend.get(TASK, 'by hand'))).toEqual(Buffer.from('zwölf'));
    await put('a', '2');
    expect((await seal()).map(([key, , data]) => `${key}=${data}`)).toEqual(['a=2', 'by hand=zwölf']);
  });
}

async function contentOf(entry: Entry | null): Promise<Buffer | null> {
  if (entry === null) return null;
  const data = Buffer.from(await bytesOf(entry));
  expect(entry.bytes).toBe(data.length);
  if (entry.source.kind === 'file') expect(readFileSync(entry.source.path).length).toBe(entry.bytes);
  return data;
}

async function shown(entries: readonly Entry[]): Promise<[string, ValueType, Buffer][]> {
  const all: [string, ValueType, Buffer][] = [];
  for (const entry of entries) all.push([entry.key, entry.type, (await contentOf(entry)) ?? Buffer.alloc(0)]);
  return all;
}
