import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { TaskName } from '../../src/base/task-name.ts';
import { createHasher, KeptFiles } from '../../src/data/checksum.ts';
import { CopiedFiles } from '../../src/data/copied-files.ts';
import {
  finishOutput,
  outputJsonPath,
  writeCopiedOutput,
  writeMovedOutput,
} from '../../src/data/history-writer.ts';
import { readOutput } from '../../src/data/output-reader.ts';
import type { Entry, ValueType } from '../../src/data/value.ts';
import { piecesOf, settledType } from '../../src/data/value-bytes.ts';
import { valueJson } from '../../src/data/value-json.ts';

const TASK = 'pack' as TaskName;
const hasher = createHasher(() => null);

function taskDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'otto-output-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const entry = (key: string, type: ValueType, data: string | Buffer): Entry => {
  const bytes = Buffer.from(data);
  return { key, type, bytes: bytes.length, source: { kind: 'memory', data: bytes } };
};

const all = async (value: Entry): Promise<Buffer> => {
  const pieces = [];
  for await (const piece of piecesOf(value)) pieces.push(piece);
  return Buffer.concat(pieces);
};

const ENTRIES = [
  entry('text', 'string', 'é\n"\\\u2028\u0000'),
  entry('empty', 'raw', ''),
  entry('../\n', 'raw', Buffer.from([0xff, 0])),
  entry('none', 'bytes', ''),
  entry('number', 'json', '123456789012345678901234567890.10'),
  entry('spaced', 'json', '{ "a" :\n [1, 2] }'),
  entry('tag', 'json', '{"$otto":"file","path":"/etc/passwd"}'),
  entry('hidden tag', 'json', '{"\\u0024otto":"bytes"}'),
  entry('lone', 'json', '"\\ud800"'),
  entry('quoted', 'json', '"text"'),
  entry('large bytes', 'bytes', Buffer.alloc(70_000, 7)),
  entry('large text', 'raw', Buffer.alloc(17 * 1024 * 1024, 'é')),
  entry('large json', 'json', JSON.stringify({ $otto: 'x'.repeat(17 * 1024 * 1024) })),
];

test('every value comes back as it went into history, with what is recorded of it', async () => {
  const directory = taskDirectory();
  const job = { task: TASK, taskDirectory: directory, entries: ENTRIES, hasher };
  const { kept } = await writeCopiedOutput(job, new CopiedFiles());
  const found = readOutput(outputJsonPath(directory, TASK), kept);
  expect(found.map(({ key, type, bytes, xxh128 }) => ({ key, type, bytes, xxh128 }))).toEqual(kept);
  for (const [index, value] of found.entries())
    expect((await all(value)).equals(await all(ENTRIES[index] as Entry)), value.key).toBe(true);
});

test('what the JSON itself tells is enough; only JSON text that is a string counts as one', async () => {
  const directory = taskDirectory();
  const { kept } = await writeMovedOutput({ task: TASK, taskDirectory: directory, entries: ENTRIES, hasher });
  const found = readOutput(outputJsonPath(directory, TASK), []);
  const known = new Map(kept.map((value) => [value.key, value]));
  for (const { key, type, bytes } of found.filter((value) => value.key !== 'quoted')) {
    // What was moved has not been read yet.
    const unread = { 'large text': 'raw', 'large bytes': 'bytes', 'large json': 'json' }[key];
    expect(type, key).toBe(unread ?? known.get(key)?.type);
    expect(bytes, key).toBe(ENTRIES.find((one) => one.key === key)?.bytes);
  }
  expect(found.find(({ key }) => key === 'quoted')).toMatchObject({ type: 'string', bytes: 4 });
  const large = found.find(({ key }) => key === 'large text') as Entry;
  expect(large.type).toBe('raw');
  expect(await settledType(large)).toBe('string');
});

test('the JSON text of a value is what history has, also where history has a file', async () => {
  const directory = taskDirectory();
  const job = { task: TASK, taskDirectory: directory, entries: ENTRIES, hasher };
  await writeCopiedOutput(job, new CopiedFiles());
  const path = outputJsonPath(directory, TASK);
  const inHistory = JSON.parse(readFileSync(path, 'utf8'));
  const expected = {
    ...inHistory,
    'large bytes': { $otto: 'bytes', base64: Buffer.alloc(70_000, 7).toString('base64') },
    'large text': 'é'.repeat((17 * 1024 * 1024) / 2),
    'large json': { $otto: 'value', value: { $otto: 'x'.repeat(17 * 1024 * 1024) } },
  };
  const texts = new Map<string, string>();
  for (const value of readOutput(path, [])) {
    const pieces = [];
    for await (const piece of valueJson(await settledType(value), () => piecesOf(value))) pieces.push(piece);
    texts.set(value.key, pieces.join(''));
  }
  expect([...texts.keys()]).toEqual(ENTRIES.map(({ key }) => key));
  for (const [key, text] of texts) expect(JSON.parse(text), key).toEqual(expected[key]);
  expect(texts.get('number')).toBe('123456789012345678901234567890.10');
});

test('a value larger than any string is read in pieces', async () => {
  const path = join(taskDirectory(), 'value');
  const bytes = 2 ** 29 + 5;
  writeFileSync(path, '');
  truncateSync(path, bytes);
  let [read, longest] = [0, 0];
  for await (const piece of piecesOf({ key: 'k', type: 'string', bytes, source: { kind: 'file', path } })) {
    read += piece.length;
    longest = Math.max(longest, piece.length);
  }
  expect(read).toBe(bytes);
  expect(longest).toBeLessThanOrEqual(1024 * 1024);
});

test('characters and groups of base64 that pieces cut are put together', async () => {
  const bytes = Buffer.from('aé日𝄞"\n');
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1);
  }
  const text = async (type: 'string' | 'bytes' | 'json'): Promise<string> => {
    let whole = '';
    for await (const piece of valueJson(type, pieces)) whole += piece;
    return whole;
  };
  expect(await text('string')).toBe(JSON.stringify(bytes.toString()));
  expect(await text('bytes')).toBe(`{"$otto":"bytes","base64":"${bytes.toString('base64')}"}`);
});

test.each([
  ['{"a": "x"', 'not the JSON that otto writes'],
  ['{"a": "\\q"}', 'not valid JSON'],
  ['{"a": {"$otto":"later"}}', 'a tag that this otto does not know: {"$otto":"later"}'],
  [
    '{"a": {"$otto":"file","type":"string","path":"../../x","bytes":1}}',
    'a tag of a file that otto did not write',
  ],
  [
    '{"a": {"$otto":"file","type":"string","path":"values/1","bytes":-1}}',
    'a tag of a file that otto did not write',
  ],
  [
    '{"a": {"$otto":"file","type":"raw","path":"values/1","bytes":1,"xxh128":1}}',
    'a tag of a file that otto did not write',
  ],
])('%j is refused: %s', (text, code) => {
  const path = join(taskDirectory(), 'output.pack.json');
  writeFileSync(path, text);
  const failure = { kind: 'io', action: 'read', path, code };
  expect(() => readOutput(path, [])).toThrow(expect.objectContaining({ failure }));
});

test('an output JSON that is no file is refused', () => {
  const directory = taskDirectory();
  mkdirSync(join(directory, 'output.pack.json'));
  const failure = { kind: 'io', code: 'not a plain file' };
  const path = join(directory, 'output.pack.json');
  expect(() => readOutput(path, [])).toThrow(
    expect.objectContaining({ failure: expect.objectContaining(failure) }),
  );
});

test('a value that was found before the JSON was written anew is read where it is now', async () => {
  const directory = taskDirectory();
  const path = outputJsonPath(directory, TASK);
  const job = { task: TASK, taskDirectory: directory, entries: ENTRIES, hasher };
  await writeMovedOutput({ ...job, entries: [...ENTRIES].reverse() });
  const found = readOutput(path, []);
  rmSync(join(directory, 'values'), { recursive: true });
  await writeCopiedOutput(job, new CopiedFiles());
  for (const value of found.filter(({ source }) => source.kind === 'memory')) {
    const { key } = value;
    expect((await all(value)).equals(await all(ENTRIES.find((one) => one.key === key) as Entry)), key).toBe(
      key !== 'quoted',
    );
  }
  writeFileSync(path, '{}\n');
  await expect(all(found.find(({ key }) => key === 'text') as Entry)).rejects.toMatchObject({
    failure: { code: 'there is no "text" in it any more' },
  });
});

test('a file of the spool stays there until the task is released', async () => {
  const directory = taskDirectory();
  const path = join(directory, '1-1.value');
  writeFileSync(path, Buffer.alloc(17_000_000));
  const entries: Entry[] = [{ key: 'k', type: 'bytes', bytes: 17_000_000, source: { kind: 'file', path } }];
  await writeMovedOutput({ task: TASK, taskDirectory: directory, entries, hasher });
  expect(readFileSync(path).length).toBe(17_000_000);
  expect(readFileSync(join(directory, 'values/1')).length).toBe(17_000_000);
});

test('a file that was cut since its value was set does not become that value in history', async () => {
  const directory = taskDirectory();
  const path = join(directory, '1-1.value');
  const entries: Entry[] = [{ key: 'k', type: 'bytes', bytes: 17_000_000, source: { kind: 'file', path } }];
  const job = { task: TASK, taskDirectory: directory, entries, hasher };
  const cut = { failure: { kind: 'value', task: 'pack', key: 'k' } };
  writeFileSync(path, Buffer.alloc(16_999_999));
  await expect(writeCopiedOutput(job, new CopiedFiles())).rejects.toMatchObject(cut);
  rmSync(join(directory, 'values/1'));
  const moved = await writeMovedOutput(job);
  await expect(finishOutput({ ...job, entries: moved.entries }, new KeptFiles(hasher))).rejects.toMatchObject(
    cut,
  );
});

test('of a value whose file is gone no JSON is written', async () => {
  const path = join(taskDirectory(), 'gone');
  const gone: Entry = { key: 'k', type: 'raw', bytes: 1, source: { kind: 'file', path } };
  for (const type of ['string', 'bytes', 'json'] as const)
    await expect(valueJson(type, () => piecesOf(gone)).next()).rejects.toMatchObject({
      failure: { code: 'ENOENT' },
    });
});
