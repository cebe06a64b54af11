import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FailureError } from '../../src/base/failure.ts';
import type { RunIndex } from '../../src/history/index-store.ts';
import { EVERY_RUN } from '../../src/history/index-store.ts';
import { databasePath, type IndexUse, withIndex } from '../../src/history/open-index.ts';
import { queryRuns, refreshIndex } from '../../src/history/refresh.ts';
import { databaseOf, rowsOf, sqlite } from './database.ts';
import { makeHome, readRun, writeRun } from './rig.ts';

const driver = await sqlite();
const EVERY = { ...EVERY_RUN, limit: 100 };

const use = <T>(home: string, act: (index: RunIndex) => T): IndexUse<T> =>
  withIndex({ home, driver, timeoutMs: 100 }, act);

/** What `otto history` does. */
const list = (home: string): IndexUse<string[]> =>
  use(home, (index) => {
    const { live } = refreshIndex(home, index);
    return queryRuns(index, live, EVERY).map(({ run }) => run);
  });

const record = (home: string) => {
  const place = writeRun(home);
  return use(home, (index) => index.record([readRun(home, place)]));
};

const damagedFiles = (home: string) => readdirSync(home).filter((name) => name.includes('.damaged-'));

test('otto.db has version 1 and the tables it is documented to have', () => {
  const home = makeHome();
  record(home);
  expect(rowsOf(home, driver, 'PRAGMA user_version')).toEqual([{ user_version: 1 }]);
  expect(rowsOf(home, driver, 'PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }]);
  const tables = rowsOf(home, driver, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
  expect(tables).toEqual(['projects', 'runs', 'task_stores', 'tasks', 'values'].map((name) => ({ name })));
});

test('every value is in otto.db: who, key, type, size, hash and store', () => {
  const home = makeHome();
  record(home);
  const sql = `SELECT projects.name AS project, tasks.name AS task, key, type, bytes, xxh128, "values".store
    FROM "values" JOIN tasks ON tasks.id = task_id JOIN runs ON runs.id = run_id JOIN projects ON projects.id = project_id`;
  expect(rowsOf(home, driver, sql)).toEqual([
    {
      project: 'demo',
      task: 'build',
      key: 'sha',
      type: 'string',
      bytes: 40,
      xxh128: '0'.repeat(32),
      store: 'files',
    },
  ]);
});

test('nothing but otto.db stays behind when nobody uses it', () => {
  const home = makeHome();
  record(home);
  expect(readdirSync(home).sort()).toEqual(['demo-0123abcd', 'otto.db']);
});

test('an otto.db of a newer otto is refused and left alone', () => {
  const home = makeHome();
  record(home);
  const database = databaseOf(home, driver);
  database.exec('PRAGMA user_version = 2');
  database.close();
  const before = readFileSync(databasePath(home));
  const failure = (() => {
    try {
      return list(home);
    } catch (error) {
      return error instanceof FailureError ? error.failure : error;
    }
  })();
  expect(failure).toEqual({ kind: 'newer-version', path: databasePath(home), found: 2, known: 1 });
  expect(readFileSync(databasePath(home)).equals(before)).toBe(true);
});

const damages: Readonly<Record<string, (home: string) => void>> = {
  'is not a database': (home) => writeFileSync(databasePath(home), 'hello '.repeat(1000)),
  'is empty': (home) => writeFileSync(databasePath(home), ''),
  'is cut off': (home) => truncateSync(databasePath(home), 4096 + 100),
  'has garbage in its pages': (home) => {
    const bytes = readFileSync(databasePath(home));
    writeFileSync(databasePath(home), bytes.fill(0xa5, 4096));
  },
  'is a database of something else': (home) => {
    writeFileSync(databasePath(home), '');
    const database = databaseOf(home, driver);
    database.exec('CREATE TABLE recipes (id)');
    database.close();
  },
};

for (const [what, damage] of Object.entries(damages)) {
  test(`an otto.db that ${what} is moved aside and made again from the run.json files`, () => {
    const home = makeHome();
    record(home);
    record(home);
    damage(home);
    const broken = readFileSync(databasePath(home));
    const { value, problem } = list(home);
    expect(value).toHaveLength(2);
    expect(problem).toMatchObject({ kind: 'io', path: databasePath(home), code: 'damaged' });
    const [moved] = damagedFiles(home);
    expect(readFileSync(join(home, String(moved))).equals(broken)).toBe(true);
    expect(list(home)).toEqual({ value, problem: null });
  });
}

test('where otto.db cannot be a file, history still reads the runs', () => {
  const home = makeHome();
  writeRun(home);
  mkdirSync(databasePath(home));
  const { value, problem } = list(home);
  expect(value).toHaveLength(1);
  expect(problem).toMatchObject({ kind: 'io', action: 'use', path: databasePath(home) });
});

test('a home that is a file has no runs, which is told', () => {
  const home = join(makeHome(), 'file');
  writeFileSync(home, '');
  const { value, problem } = list(home);
  expect(value).toEqual([]);
  expect(problem).toMatchObject({ kind: 'io', action: 'use', path: databasePath(home), code: 'ENOTDIR' });
});

test('an otto.db that somebody else keeps locked is not waited for longer than allowed', () => {
  const home = makeHome();
  record(home);
  const place = writeRun(home);
  const other = databaseOf(home, driver);
  other.exec('BEGIN IMMEDIATE');
  try {
    const { value, problem } = list(home);
    expect(value).toContain(place.run);
    expect(problem).toMatchObject({ kind: 'io', path: databasePath(home) });
    expect(damagedFiles(home)).toEqual([]);
  } finally {
    other.close();
  }
  expect(list(home)).toMatchObject({ value: [place.run, expect.any(String)], problem: null });
});

test('another program reads otto.db while it is in WAL mode', () => {
  const home = makeHome();
  record(home);
  const python =
    'import sqlite3,sys;print(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM tasks").fetchone()[0])';
  expect(execFileSync('python3', ['-c', python, databasePath(home)], { encoding: 'utf8' })).toBe('1\n');
});
