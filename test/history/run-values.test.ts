import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Native, RunOptions, ShmRun } from '../../src/data/native.ts';
import { loadNative } from '../../src/data/native-addon.ts';
import { piecesOf } from '../../src/data/value-bytes.ts';
import { RunValues, type StoredValue, type TaskValues } from '../../src/history/run-values.ts';
import { runPath } from '../../src/history/state-tree.ts';
import { records } from '../support/records.ts';
import { killed, live, makeHome, readRun, writeRun } from './rig.ts';

/** A run that goes on, or was killed, whose task `build` has its values in `spool`. */
function runWith(store: 'files' | 'shm', spool: string | null, json = live()) {
  const home = makeHome();
  const place = writeRun(home, { json });
  const directory = join(runPath(home, place), 'tasks', 'build');
  if (spool !== null) {
    const text = JSON.stringify({ version: 1, store, spool, script: null });
    writeFileSync(join(directory, 'task.json'), `${text}\n`);
  }
  return { directory, record: readRun(home, place) };
}

/** As otto makes it: a run that can spill. */
function shmRun(options: RunOptions = {}): ShmRun {
  const root = mkdtempSync('/dev/shm/otto-values-');
  const spillRoot = join(makeHome(), 'spill');
  const run = loadNative().createRun('run-1', { root, spillRoot, ...options });
  onTestFinished(() => {
    run.remove();
    rmSync(root, { recursive: true, force: true });
  });
  return run;
}

async function read(
  record: ReturnType<typeof readRun>,
  native: () => Native = loadNative,
): Promise<TaskValues & { readonly texts: string[] }> {
  const values = new RunValues(record, native);
  const [found] = await values.all();
  if (found === undefined) throw new Error('no task');
  const texts = [];
  for (const value of found.values) {
    const pieces = [];
    for await (const piece of piecesOf(value)) pieces.push(piece);
    texts.push(`${value.place} ${value.type} ${value.key}=${Buffer.concat(pieces).toString('latin1', 0, 9)}`);
  }
  values.close();
  return { ...found, texts };
}

test('a region has the values of a task that goes on, with what shared memory had no room for', async () => {
  const run = shmRun({ budgetBytes: 1024 * 1024 });
  const region = run.createTask('build', []);
  region.setString('text', 'a');
  region.setRaw('raw', Buffer.from([0xff]));
  region.setJson('json', '[1]');
  region.setBytes('spilled', Buffer.alloc(3_000_000, 'x'));
  region.setString('gone', 'x');
  region.delete('gone');
  const { record } = runWith('shm', region.directory);
  const { texts, from, problem } = await read(record);
  expect({ from, problem }).toEqual({ from: 'region', problem: null });
  expect(texts).toEqual([
    'shm string text=a',
    'shm bytes raw=\xff',
    'shm json json=[1]',
    'spilled bytes spilled=xxxxxxxxx',
  ]);
});

test('what bash had left when otto was killed follows what is in the region', async () => {
  const region = shmRun().createTask('build', []);
  region.setString('both', 'region');
  region.setString('first', '1');
  writeFileSync(join(region.directory, 'outputs'), records(['sboth', 'bash'], ['slast', '']), {
    mode: 0o600,
  });
  const { record } = runWith('shm', region.directory, killed());
  expect((await read(record)).texts).toEqual([
    'journal string both=bash',
    'shm string first=1',
    'journal string last=',
  ]);
});

test('a task that ends while its region is looked for has its values in history', async () => {
  const run = shmRun();
  run.createTask('build', []);
  const spool = join(run.directory, 'build');
  const { record, directory } = runWith('shm', spool);
  const native = (): Native => {
    writeFileSync(join(directory, 'output.build.json'), '{\n  "k": "v"\n}\n');
    run.removeTask('build');
    return loadNative();
  };
  const { from, texts } = await read(record, native);
  expect({ from, texts }).toEqual({ from: 'history', texts: ['json string k=v'] });
});

test('a task whose values come into history while its region is read has them there', async () => {
  const run = shmRun();
  run.createTask('build', []);
  const { record, directory } = runWith('shm', join(run.directory, 'build'));
  const native = (): Native => {
    writeFileSync(join(directory, 'output.build.json'), '{\n  "k": "v"\n}\n');
    return loadNative();
  };
  const { from, texts } = await read(record, native);
  expect({ from, texts }).toEqual({ from: 'history', texts: ['json string k=v'] });
});

test('a value whose file goes before it is opened is read where it is by then', async () => {
  const run = shmRun();
  run.createTask('build', []).setBytes('k', Buffer.alloc(2_000_000));
  const { record, directory } = runWith('shm', join(run.directory, 'build'));
  const values = new RunValues(record, loadNative);
  const [found] = (await values.all()).flatMap((task) => task.values);
  const readAll = async (value: StoredValue): Promise<string> => {
    const pieces = [];
    for await (const piece of piecesOf(value)) pieces.push(piece);
    return `${value.place} ${Buffer.concat(pieces)}`;
  };
  run.removeTask('build');
  const use = (): Promise<string> => values.using(found as StoredValue, readAll);
  await expect(use()).rejects.toMatchObject({ failure: { code: 'ENOENT' } });
  writeFileSync(join(directory, 'output.build.json'), '{\n  "k": "v"\n}\n');
  expect(await use()).toBe('json v');
  values.close();
});

test('a value that is deleted before it is read is an error, and no empty one', async () => {
  const region = shmRun().createTask('build', []);
  region.setString('k', 'v');
  const { record } = runWith('shm', region.directory);
  const values = new RunValues(record, loadNative);
  const [found] = (await values.all()).flatMap((task) => task.values);
  region.delete('k');
  await expect(piecesOf(found as StoredValue).next()).rejects.toMatchObject({
    failure: { kind: 'value', key: 'k' },
  });
  values.close();
});

test('a region that could only be made on disk has spilled all of its values', async () => {
  const root = join(makeHome(), 'not', 'there');
  const run = loadNative().createRun('run-1', { root, spillRoot: join(makeHome(), 'spill') });
  onTestFinished(() => run.remove());
  const region = run.createTask('build', []);
  region.setString('small', 'a');
  region.setBytes('large', Buffer.alloc(2_000_000, 'x'));
  const { record } = runWith('shm', region.directory);
  expect((await read(record)).texts).toEqual(['spilled string small=a', 'spilled bytes large=xxxxxxxxx']);
});

test('a journal that is being written to has the values whose records are complete', async () => {
  const spool = makeHome();
  const { record } = runWith('files', spool);
  writeFileSync(join(spool, '1-1.value'), 'in a file');
  writeFileSync(
    join(spool, 'journal'),
    `${records(['sa', '1'], ['Sfile', '1-1.value'], ['jn', '[1]'], ['sa', '2'], ['db', ''])}\0scut\0=off`,
  );
  const { from, texts } = await read(record, () => {
    throw new Error('not needed');
  });
  expect(from).toBe('spool');
  expect(texts).toEqual(['journal string a=2', 'journal string file=in a file', 'journal json n=[1]']);
});

test('a task that has not begun, or of which nothing is left, has no values', async () => {
  const nothing = { from: null, problem: null, values: [] };
  expect(await read(runWith('shm', null).record)).toMatchObject(nothing);
  expect(await read(runWith('shm', '/dev/shm/otto-values-gone', killed()).record)).toMatchObject(nothing);
  const begun = runWith('files', null);
  writeFileSync(join(begun.directory, 'task.json'), '{"version":1,"ta');
  expect(await read(begun.record)).toMatchObject(nothing);
});

test.each([
  ['{"version":2}\n', { kind: 'newer-version', found: 2, known: 1 }],
  ['{"version":1}\n', { kind: 'io', code: 'not a record of a task' }],
  ['no JSON\n', { kind: 'io', code: 'not a record of a task' }],
])('a task.json that says %j is a problem of that task', async (text, problem) => {
  const { record, directory } = runWith('files', null);
  writeFileSync(join(directory, 'task.json'), text);
  expect((await read(record)).problem).toMatchObject({ ...problem, path: join(directory, 'task.json') });
});

test('a journal that breaks a rule, or names a file that is not there, is a problem of that task', async () => {
  for (const broken of [records(['x?', 'x']), records(['Sk', '1-1.value'])]) {
    const spool = makeHome();
    writeFileSync(join(spool, 'journal'), broken);
    expect((await read(runWith('files', spool).record)).problem).toMatchObject({
      kind: 'value',
      task: 'build',
    });
  }
  const spool = makeHome();
  mkdirSync(join(spool, '1-1.value'));
  writeFileSync(join(spool, 'journal'), records(['Sk', '1-1.value']));
  expect((await read(runWith('files', spool).record)).problem).toMatchObject({ kind: 'value', key: 'k' });
});
