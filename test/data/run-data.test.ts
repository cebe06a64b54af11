import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Failure } from '../../src/base/failure.ts';
import { createHasher } from '../../src/data/checksum.ts';
import { records } from '../support/records.ts';
import { RunRig, taskName } from './run-rig.ts';

let rig: RunRig;
beforeEach(() => {
  rig = new RunRig();
});
afterEach(() => rig.remove());

const failureOf = (work: Promise<unknown>): Promise<Failure> =>
  work.then(
    () => Promise.reject(new Error('it did not fail')),
    (error) => error.failure,
  );

const LARGE = Buffer.alloc(16 * 1024 * 1024 + 1, 'é'.repeat(3));

describe('prepare', () => {
  test('tells the clients what they need in task.json', async () => {
    await rig.run('z/y', {}, { readers: 1 });
    await rig.run('b', {}, { readers: 1 });
    const { environment, spool } = await rig.prepare('a', { dependencies: ['z/y', 'b'], language: 'python' });
    const directory = rig.taskDirectory('a');
    expect(JSON.parse(readFileSync(join(directory, 'task.json'), 'utf8'))).toEqual({
      version: 1,
      task: 'a',
      store: 'files',
      spool,
      inputs: [
        { task: 'b', json: join(directory, 'input.b.json'), shm: null },
        { task: 'z/y', json: join(directory, 'input.z%2Fy.json'), shm: null },
      ],
      script: { path: join(directory, 'script.sh'), source: '/project/otto.yml', line: 3 },
      params: {},
      workdir: '/project',
      addon: expect.toSatisfy((path) => path === null || existsSync(path)),
      library: expect.toSatisfy((path) => path === null || existsSync(path)),
    });
    expect(environment).toEqual({ OTTO_STORE: 'files', OTTO_SPOOL: directory });
    expect(readlinkSync(join(directory, 'input.z%2Fy.json'))).toBe('../z%2Fy/output.z%2Fy.json');
    expect(readFileSync(join(directory, 'input.b.json'), 'utf8')).toBe('{}\n');
  });

  test('says which path could not be made', async () => {
    writeFileSync(join(rig.directory, 'tasks'), '');
    const failure = await failureOf(
      rig.data.prepare({
        name: taskName('a'),
        taskDirectory: rig.taskDirectory('a'),
        dependencies: [],
        language: 'bash',
        scriptText: '',
        usesValues: true,
        script: null,
        params: {},
        workdir: '/',
        readers: 0,
      }),
    );
    expect(failure).toEqual({
      kind: 'io',
      action: 'write',
      path: join(rig.taskDirectory('a'), 'task.json'),
      code: 'ENOTDIR',
    });
  });
});

describe('finish', () => {
  test('writes the JSON before it resolves, and tells what was kept', async () => {
    await rig.run('a', {
      journal: records(['stext', 'hello'], ['jn', '1.0']),
      outputs: records(['sb', '2'], ['sa', '1']),
    });
    expect(rig.output('a')).toBe('{\n  "text": "hello",\n  "n": 1.0,\n  "a": "1",\n  "b": "2"\n}\n');
    const hash = createHasher(() => null);
    expect(rig.kept.get('a')).toEqual([
      { key: 'text', type: 'string', bytes: 5, xxh128: await hash.hash(Buffer.from('hello')) },
      { key: 'n', type: 'json', bytes: 3, xxh128: await hash.hash(Buffer.from('1.0')) },
      { key: 'a', type: 'string', bytes: 1, xxh128: await hash.hash(Buffer.from('1')) },
      { key: 'b', type: 'string', bytes: 1, xxh128: await hash.hash(Buffer.from('2')) },
    ]);
  });

  test('moves a large value into history at once and adds its hash later', async () => {
    const { spool } = await rig.prepare('a');
    writeFileSync(join(spool, '7-1.value'), LARGE);
    writeFileSync(join(spool, 'journal'), records(['sfirst', '1'], ['Sbig', '7-1.value']));
    const { ino } = statSync(join(spool, '7-1.value'));
    await rig.data.finish(taskName('a'));
    const value = join(rig.taskDirectory('a'), 'values', '2');
    expect(statSync(value).ino).toBe(ino);
    expect(rig.output('a')).toContain(
      `{"$otto":"file","type":"raw","path":"values/2","bytes":${LARGE.length}}`,
    );
    await rig.data.complete();
    const xxh128 = await createHasher(() => null).hash(LARGE);
    expect(JSON.parse(rig.output('a')).big).toEqual({
      $otto: 'file',
      type: rig.kept.get('a')?.[1]?.type,
      path: 'values/2',
      bytes: LARGE.length,
      xxh128,
    });
    expect(rig.kept.get('a')?.[1]).toMatchObject({ key: 'big', bytes: LARGE.length, xxh128 });
  });

  test('two keys may name the same spool file', async () => {
    await rig.run('a', { journal: records(['Sx', '1-1.value'], ['Sy', '1-1.value']), '1-1.value': LARGE });
    await rig.data.complete();
    for (const n of ['1', '2']) {
      expect(readFileSync(join(rig.taskDirectory('a'), 'values', n)).equals(LARGE)).toBe(true);
    }
  });

  test('a task that was never prepared leaves an empty object', async () => {
    await rig.data.finish(taskName('group'));
    expect(rig.output('group')).toBe('{}\n');
    expect(rig.kept.get('group')).toEqual([]);
  });

  test.each([
    ['a missing spool file', { journal: records(['Sk', '1-1.value']) }, 'is missing'],
    ['broken JSON', { journal: records(['jk', '{']) }, 'not valid JSON'],
    ['an unknown tag', { outputs: records(['zk', 'v']) }, 'unknown tag'],
  ])('%s fails this task, naming the key, and no other', async (_, files, detail) => {
    const { spool } = await rig.prepare('bad', { readers: 1 });
    for (const [name, data] of Object.entries(files)) writeFileSync(join(spool, name), data);
    expect(await failureOf(rig.data.finish(taskName('bad')))).toEqual({
      kind: 'value',
      task: 'bad',
      key: 'k',
      detail: expect.stringContaining(detail),
    });
    await rig.run('good', { journal: records(['sk', 'v']) });
    rig.data.readerEnded(taskName('bad'));
    await rig.data.complete();
    expect(rig.output('good')).toBe('{\n  "k": "v"\n}\n');
    expect(readdirSync(rig.taskDirectory('bad'))).toEqual(['task.json']);
    expect(rig.kept.has('bad')).toBe(false);
  });

  test('a link in the place of a spool file is not followed', async () => {
    const { spool } = await rig.prepare('bad');
    symlinkSync('/etc/passwd', join(spool, '1-1.value'));
    writeFileSync(join(spool, 'journal'), records(['Sk', '1-1.value']));
    expect(await failureOf(rig.data.finish(taskName('bad')))).toMatchObject({ kind: 'value', key: 'k' });
  });

  test('says where history could not be written', async () => {
    await rig.prepare('a');
    rmSync(rig.taskDirectory('a'), { recursive: true });
    writeFileSync(rig.taskDirectory('a'), '');
    const failure = await failureOf(rig.data.finish(taskName('a')));
    expect(failure).toMatchObject({ kind: 'io', code: 'ENOTDIR' });
  });

  test.each([
    '../../escape',
    '/absolute',
    '.',
    '..',
    'a b\u2028é',
    '%2F',
    'x'.repeat(300),
    '$(touch x)',
    '-rf',
  ])('a task named %j stays inside the run directory', async (name) => {
    await rig.run(name, { journal: records(['sk', 'v']) }, { readers: 1 });
    const { spool } = await rig.prepare('reader', { dependencies: [name] });
    expect(rig.output(name)).toBe('{\n  "k": "v"\n}\n');
    expect(readFileSync(join(spool, 'vars'), 'utf8')).toBe(`${name}.k\0v\0`);
    expect(readdirSync(rig.directory)).toEqual(['tasks']);
    expect(readdirSync(join(rig.directory, 'tasks'))).toHaveLength(2);
  });
});

describe('giving back', () => {
  test('the spool goes when the last reader has ended, not before', async () => {
    const journal = join(rig.taskDirectory('a'), 'journal');
    await rig.run('a', { journal: records(['sk', 'v']) }, { readers: 2 });
    rig.data.readerEnded(taskName('a'));
    await rig.data.complete();
    expect(existsSync(journal)).toBe(true);
    rig.data.readerEnded(taskName('a'));
    await rig.data.complete();
    expect(existsSync(journal)).toBe(false);
  });

  test('readers that will never start may be reported before the task itself ends', async () => {
    rig.data.readerEnded(taskName('a'));
    await rig.run('a', { journal: records(['sk', 'v']) }, { readers: 1 });
    await rig.data.complete();
    expect(readdirSync(rig.taskDirectory('a'))).toEqual(['output.a.json', 'task.json']);
  });

  test('close leaves nothing but history, and may come twice', async () => {
    await rig.run('a', { journal: records(['sk', 'v']), '9-9.value': 'orphan' }, { readers: 5 });
    await rig.prepare('cut off', { dependencies: ['a'] });
    await rig.data.close();
    await rig.data.close();
    expect(readdirSync(rig.taskDirectory('a'))).toEqual(['output.a.json', 'task.json']);
    expect(readdirSync(rig.taskDirectory('cut off')).sort()).toEqual(['input.a.json', 'task.json']);
    expect(lstatSync(join(rig.taskDirectory('cut off'), 'input.a.json')).isSymbolicLink()).toBe(true);
  });
});

test('a flush that fails after its task has ended is told by complete, and harms no other', async () => {
  const broken = new RunRig({
    hasher: {
      hash: async () => '00',
      copyAndHash: async (from) => {
        if (readFileSync(from)[0] === 0x78) throw new Error('disk on fire');
        return { xxh128: '11', bytes: LARGE.length, utf8: true };
      },
    },
  });
  try {
    await broken.run('bad', {
      journal: records(['Sk', '1-1.value']),
      '1-1.value': Buffer.alloc(LARGE.length, 'x'),
    });
    await broken.run('good', { journal: records(['Sk', '1-1.value']), '1-1.value': LARGE });
    await expect(broken.data.complete()).rejects.toThrow('disk on fire');
    expect(broken.kept.get('good')).toEqual([
      { key: 'k', type: 'string', bytes: LARGE.length, xxh128: '11' },
    ]);
    await broken.data.close();
    expect(existsSync(join(broken.taskDirectory('bad'), 'journal'))).toBe(false);
  } finally {
    broken.remove();
  }
});
