import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { TaskName } from '../../../src/base/task-name.ts';
import { bytesOf } from '../../../src/data/entry-bytes.ts';
import { SqliteRig, TASK } from './rig.ts';

let rig: SqliteRig;
afterEach(() => rig.end());

const io = (code: unknown) => ({ failure: { kind: 'io', path: rig.database, code } });
const databaseFiles = (): string[] => readdirSync(rig.directory).filter((name) => name.startsWith('values'));

describe('a database that a program keeps locked', () => {
  test('is waited for', async () => {
    rig = await SqliteRig.start();
    const program = await rig.keepOpen('BEGIN EXCLUSIVE;');
    const put = rig.put('k', 'v');
    program.stdin?.end('COMMIT;');
    await put;
    expect(await rig.get('k')).toBe('v');
  });

  test('fails a put in the end, with all that was set before in place', async () => {
    rig = await SqliteRig.start({ lockTimeoutMs: 100 });
    await rig.put('before', '1');
    await rig.put('large', 'x'.repeat(100_000));
    const program = await rig.keepOpen('BEGIN EXCLUSIVE;');
    await expect(rig.put('before', '2')).rejects.toMatchObject(io('a program has kept it locked for 0.1 s'));
    await expect(rig.put('large', 'y'.repeat(100_000))).rejects.toMatchObject(
      io(expect.stringContaining('locked')),
    );
    expect(await rig.get('before')).toBe('1');
    program.stdin?.end('ROLLBACK;');
    await once(program, 'exit');
    await rig.put('after', '3');
    expect((await rig.sealed()).map((line) => line.slice(0, 20))).toEqual([
      'before string 1',
      'large string xxxxxxx',
      'after string 3',
    ]);
  });

  test('does not keep a task from ending, nor does it let its values be changed', async () => {
    rig = await SqliteRig.start({ lockTimeoutMs: 100 });
    await rig.put('k', 'v');
    const program = await rig.keepOpen('BEGIN EXCLUSIVE;');
    const sealed = await rig.sealed();
    program.stdin?.end(
      `INSERT OR REPLACE INTO task_data (task, key, value) VALUES ('${TASK}', 'k', 'late'); COMMIT;`,
    );
    await once(program, 'exit');
    expect(sealed).toEqual(['k string v']);
    // The next one that ends makes up for it.
    await rig.open('other' as TaskName);
    await rig.seal('other' as TaskName);
    expect(rig.hand("UPDATE task_data SET value = 'later';").code).not.toBe(0);
  });
});

describe('a database that a task', () => {
  const NO_DATABASE = 'it is no database any more: something has written over it';
  test.each([
    ['removes', () => rmSync(rig.database), 'it has been removed or replaced while the run needs it'],
    [
      'replaces',
      () => {
        rmSync(rig.database);
        execFileSync('sqlite3', [rig.database, 'CREATE TABLE task_data (task, key, value)']);
      },
      'it has been removed or replaced while the run needs it',
    ],
    ['writes over', () => writeFileSync(rig.database, 'garbage\n'.repeat(10_000)), NO_DATABASE],
    ['empties', () => writeFileSync(rig.database, ''), NO_DATABASE],
    [
      'fills with its log gone',
      () => {
        for (const name of databaseFiles())
          if (!name.endsWith('-shm')) writeFileSync(join(rig.directory, name), 'x');
      },
      NO_DATABASE,
    ],
  ])('%s is told of by everything that needs it', async (_what, damage, code) => {
    rig = await SqliteRig.start();
    await rig.put('k', 'v');
    damage();
    await expect(rig.put('k', 'w')).rejects.toMatchObject(io(code));
    await expect(rig.get('k')).rejects.toMatchObject(io(code));
    await expect(rig.seal()).rejects.toMatchObject(io(code));
    await rig.backend.close();
  });

  const OF_LOG = ['-wal', '-shm'];
  test.each(OF_LOG)('removes %s of is told of by everything that needs it', async (ending) => {
    rig = await SqliteRig.start();
    await rig.put('k', 'v');
    rmSync(rig.database + ending);
    const told = {
      failure: { kind: 'io', path: rig.database + ending, code: expect.stringMatching(/removed/) },
    };
    await expect(rig.put('k', 'w')).rejects.toMatchObject(told);
    await expect(rig.seal()).rejects.toMatchObject(told);
    await rig.backend.close();
  });

  test.each([
    ['cuts off', (path: string) => truncateSync(path, 0)],
    ['cuts in two', (path: string) => truncateSync(path, 5000)],
    ['fills with garbage', (path: string) => writeFileSync(path, randomBytes(200_000), { flag: 'r+' })],
    ['fills with zeros', (path: string) => writeFileSync(path, Buffer.alloc(100_000), { flag: 'r+' })],
  ])('%s the index of the log of goes on with all its values', async (_what, damage) => {
    rig = await SqliteRig.start();
    for (let turn = 0; turn < 5; turn++) {
      await rig.put(`k${turn}`, `v${turn}`);
      await rig.put('large', `${turn}`.repeat(100_000));
      damage(`${rig.database}-shm`);
      expect(await rig.get(`k${turn}`)).toBe(`v${turn}`);
      await rig.put('k0', `after ${turn}`);
      expect(rig.hands('PRAGMA integrity_check; SELECT count(*) FROM task_data;')).toBe(`ok\n${turn + 2}`);
      rig.insert(`'k0', 'v0'`);
      damage(`${rig.database}-shm`);
    }
    expect((await rig.sealed()).map((line) => line.slice(0, 14))).toEqual([
      'k0 raw v0',
      'large string 4',
      ...[1, 2, 3, 4].map((turn) => `k${turn} string v${turn}`),
    ]);
    damage(`${rig.database}-shm`);
    await rig.backend.close();
    expect(databaseFiles()).toEqual(['values.db']);
    expect(rig.hands('PRAGMA integrity_check;')).toBe('ok');
  });

  test('drops the tables of fails with words of SQLite', async () => {
    rig = await SqliteRig.start();
    await rig.put('k', 'v');
    rig.hands('DROP TABLE task_data;');
    const failure = {
      kind: 'io',
      code: expect.stringContaining('no such table'),
      hint: expect.stringContaining('leave the tables'),
    };
    await expect(rig.put('k', 'w')).rejects.toMatchObject({ failure });
    await expect(rig.seal()).rejects.toMatchObject({ failure });
  });
});

describe('values that SQLite does not take', () => {
  test('lie beside it and go when they are set anew', async () => {
    rig = await SqliteRig.start({ largestBytes: 100_000 });
    const large = Buffer.alloc(100_001, 'abc');
    await rig.put('large', Buffer.alloc(200_000));
    await rig.put('large', large);
    await rig.put('gone', large);
    await rig.put('gone', 'small');
    await rig.put('deleted', large);
    await rig.backend.delete(TASK, 'deleted');
    const file = rig.hands("SELECT file FROM task_data WHERE key = 'large' AND value IS NULL;");
    expect(file).toMatch(/^values\.large\/\d+$/);
    expect(readFileSync(join(rig.directory, file)).equals(large)).toBe(true);
    expect(readdirSync(join(rig.directory, 'values.large'))).toHaveLength(1);
    expect(await rig.get('large')).toBe(large.toString());
    const [entry] = await rig.seal();
    expect(entry?.source).toMatchObject({ kind: 'file', path: expect.stringMatching(/tasks\/.*\.value$/) });
    expect(entry && (await bytesOf(entry)).equals(large)).toBe(true);
    await rig.backend.close();
    expect(readFileSync(join(rig.directory, file)).equals(large)).toBe(true);
  });

  test('fail their task when they are in it by hand', async () => {
    rig = await SqliteRig.start({ largestBytes: 100_000 });
    rig.insert("'k', zeroblob(100001)");
    await expect(rig.seal()).rejects.toMatchObject({
      failure: { kind: 'value', key: 'k', detail: expect.stringContaining('100001 bytes') },
    });
  });

  test('can be put beside it by hand', async () => {
    rig = await SqliteRig.start();
    const directory = join(rig.directory, 'values.large');
    mkdirSync(directory);
    writeFileSync(join(directory, 'mine'), 'by hand');
    const insert = (file: string) =>
      rig.hand(`INSERT INTO task_data (task, key, file) VALUES ('${TASK}', 'k', '${file}');`).code;
    for (const wrong of [
      'mine',
      '/etc/passwd',
      'values.large/',
      'values.large/../values.db',
      'values.large/.x',
      'values.large/a/b',
    ])
      expect(insert(wrong), wrong).not.toBe(0);
    expect(insert("values.large/mine' || char(0) || 'x"), 'NUL').not.toBe(0);
    expect(insert('values.large/mine')).toBe(0);
    expect(await rig.sealed()).toEqual(['k raw by hand']);
    expect(existsSync(join(directory, 'mine'))).toBe(true);
  });

  test('a file with NUL in its name fails its task also when SQLite was told not to check', async () => {
    rig = await SqliteRig.start();
    const insert = `INSERT INTO task_data (task, key, file) VALUES ('${TASK}', 'k', 'values.large/a' || char(0) || 'b');`;
    rig.hands(`PRAGMA ignore_check_constraints = ON; ${insert}`);
    await expect(rig.seal()).rejects.toMatchObject({ failure: { kind: 'value', key: 'k' } });
  });

  test.each([
    ['a link', 'link'],
    ['nothing', 'nothing'],
    ['a directory', 'directory'],
  ])('a file that is %s fails its task', async (_what, name) => {
    rig = await SqliteRig.start();
    const directory = join(rig.directory, 'values.large');
    mkdirSync(join(directory, 'directory'), { recursive: true });
    execFileSync('ln', ['-s', '/etc/passwd', join(directory, 'link')]);
    rig.hands(`INSERT INTO task_data (task, key, file) VALUES ('${TASK}', 'k', 'values.large/${name}');`);
    await expect(rig.seal()).rejects.toMatchObject({ failure: { kind: 'value', key: 'k' } });
  });
});

describe('what is left', () => {
  test('is one database without a log, whole, and nothing else', async () => {
    rig = await SqliteRig.start();
    await rig.put('k', 'v'.repeat(200_000));
    await rig.put('unsealed', 'x');
    await rig.seal();
    expect(databaseFiles()).toContain('values.db-wal');
    await rig.backend.close();
    expect(databaseFiles()).toEqual(['values.db']);
    expect(
      rig.hands('PRAGMA journal_mode; PRAGMA integrity_check; SELECT key, length(value) FROM task_data;'),
    ).toBe('delete\nok\nk|200000\nunsealed|1');
  });

  test('can be read while and after a program has kept it open', async () => {
    rig = await SqliteRig.start();
    await rig.put('k', 'v');
    const program = await rig.keepOpen('BEGIN; SELECT count(*) FROM task_data;');
    await rig.put('k', 'w');
    await rig.backend.close();
    expect(rig.hands('SELECT value FROM task_data;')).toBe('w');
    program.stdin?.end('COMMIT;');
    await once(program, 'exit');
    expect(rig.hands('SELECT value FROM task_data;')).toBe('w');
  });

  test('a thread that cannot start says why', async () => {
    rig = await SqliteRig.start();
    appendFileSync(join(rig.directory, 'no-directory'), '');
    const { createSqliteBackend } = await import('../../../src/data/stores/sqlite-backend.ts');
    const backend = createSqliteBackend(join(rig.directory, 'no-directory'));
    await expect(backend.start()).rejects.toMatchObject({ failure: { kind: 'io', code: 'ENOTDIR' } });
    await backend.close();
  });
});

/** On a small tmpfs of the test's own: that takes root. */
describe('a disk that is full', () => {
  test('leaves the old values, tells whoever sets, and what was set is readable', async () => {
    const mount = mkdtempSync(join(tmpdir(), 'otto-full-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', mount]);
    const before = process.env.TMPDIR;
    process.env.TMPDIR = mount;
    try {
      rig = await SqliteRig.start();
      await rig.put('small', 'old');
      await rig.put('large', 'x'.repeat(300_000));
      writeFileSync(join(mount, 'filler'), Buffer.alloc(1_500_000));
      let failure: unknown = null;
      for (let turn = 0; turn < 100 && failure === null; turn++)
        await rig.put(`more ${turn}`, 'y'.repeat(60_000)).catch((error) => {
          failure = error;
        });
      expect(failure).toMatchObject({ failure: { kind: 'io', code: 'ENOSPC' } });
      await expect(rig.put('small', 'z'.repeat(60_000))).rejects.toMatchObject({
        failure: { code: 'ENOSPC' },
      });
      expect(await rig.get('small')).toBe('old');
      const values = await rig.seal();
      expect(values.map(({ key }) => key).slice(0, 2)).toEqual(['small', 'large']);
      await rig.backend.close();
      rmSync(join(mount, 'filler'));
      expect(rig.hands("SELECT value FROM task_data WHERE key = 'small';")).toBe('old');
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
      await rig.end();
      execFileSync('umount', [mount]);
      rmSync(mount, { recursive: true });
    }
  });
});
