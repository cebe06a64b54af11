import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../installation.ts';

/** The part of an SQLite binding that otto needs; better-sqlite3 and node:sqlite both have it. */
export interface SqliteDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

export type SqliteValue = string | number | Uint8Array | null;

export interface SqliteStatement {
  run(...values: SqliteValue[]): { readonly lastInsertRowid: number | bigint };
  all(...values: SqliteValue[]): unknown[];
  get(...values: SqliteValue[]): unknown;
}

const BINDING = 'better-sqlite3/build/Release/better_sqlite3.node';

export interface SqliteDriver {
  readonly name: 'better-sqlite3' | 'node:sqlite';
  /** Every statement waits up to `timeoutMs` for other writers. */
  open(path: string, timeoutMs: number): SqliteDatabase;
  /** One that exists, and is not changed. */
  openToRead(path: string, timeoutMs: number): SqliteDatabase;
}

/** The first binding that loads; null when there is none (install scripts are off, and Node is older than 22.13). */
export async function loadSqlite(): Promise<SqliteDriver | null> {
  return (await loadBetterSqlite()) ?? (await loadNodeSqlite());
}

/**
 * The compiled part is loaded by its path: better-sqlite3's own search for it costs more than loading it. One that was made
 * for another Node fails here, not at the first query.
 */
export async function loadBetterSqlite(): Promise<SqliteDriver | null> {
  try {
    const { default: Database } = await import('better-sqlite3');
    const nativeBinding = loadBinding();
    return {
      name: 'better-sqlite3',
      open: (path, timeout) => new Database(path, { timeout, nativeBinding }) as SqliteDatabase,
      openToRead: (path, timeout) =>
        new Database(path, { timeout, nativeBinding, readonly: true }) as SqliteDatabase,
    };
  } catch {
    return null;
  }
}

/** better-sqlite3 takes the loaded binding as well as its path; only its types do not say so. */
function loadBinding(): string {
  const target: { exports: unknown } = { exports: {} };
  process.dlopen(target, bindingPath());
  return target.exports as string;
}

/** Looks where Node's own resolution does, which takes longer than all the rest. */
function bindingPath(): string {
  for (let directory = packageRoot; ; directory = dirname(directory)) {
    const path = join(directory, 'node_modules', BINDING);
    if (existsSync(path)) return path;
    if (directory === dirname(directory)) throw new Error('better-sqlite3 has not been compiled');
  }
}

interface NodeSqlite {
  readonly DatabaseSync: new (path: string, options?: { readonly readOnly: boolean }) => SqliteDatabase;
}

export async function loadNodeSqlite(): Promise<SqliteDriver | null> {
  try {
    const { DatabaseSync } = await withoutExperimentalWarning(loadNodeModule);
    const open = (path: string, timeoutMs: number, readOnly: boolean): SqliteDatabase => {
      const database = new DatabaseSync(path, { readOnly });
      database.exec(`PRAGMA busy_timeout = ${timeoutMs}`);
      return database;
    };
    return {
      name: 'node:sqlite',
      open: (path, timeoutMs) => open(path, timeoutMs, false),
      openToRead: (path, timeoutMs) => open(path, timeoutMs, true),
    };
  } catch {
    return null;
  }
}

/** Named by a variable, because a bundler or an older Node's types do not know the module. */
function loadNodeModule(): Promise<NodeSqlite> {
  const name = 'node:sqlite';
  return import(name) as Promise<NodeSqlite>;
}

/** node:sqlite announces itself as experimental on every start; a user of otto can do nothing about that. */
async function withoutExperimentalWarning<T>(load: () => Promise<T>): Promise<T> {
  const { emitWarning } = process;
  const quiet = (warning: string | Error, ...rest: unknown[]): void => {
    if (!String(warning).includes('SQLite')) Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  process.emitWarning = quiet as typeof process.emitWarning;
  try {
    return await load();
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** What went wrong, as far as otto cares. */
export type SqliteTrouble = 'damaged' | 'full' | 'locked' | 'other';

/** SQLite's primary result codes; better-sqlite3 tells their names, node:sqlite their numbers. */
const TROUBLES: readonly (readonly [number, RegExp, SqliteTrouble])[] = [
  [5, /^SQLITE_BUSY/, 'locked'],
  [6, /^SQLITE_LOCKED/, 'locked'],
  [11, /^SQLITE_CORRUPT/, 'damaged'],
  [13, /^SQLITE_FULL/, 'full'],
  [26, /^SQLITE_NOTADB/, 'damaged'],
];

/** Null when it is no error of SQLite. */
export function troubleOf(error: unknown): SqliteTrouble | null {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  const found = TROUBLES.find(([number, name]) =>
    typeof errcode === 'number' ? (errcode & 0xff) === number : typeof code === 'string' && name.test(code),
  );
  if (found !== undefined) return found[2];
  return typeof errcode === 'number' || (typeof code === 'string' && code.startsWith('SQLITE_'))
    ? 'other'
    : null;
}

/** True when the file is not a database, or its content contradicts itself. */
export const isDamage = (error: unknown): boolean => troubleOf(error) === 'damaged';
