import { linkSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Failure, FailureError } from '../base/failure.ts';
import { isDamage, type SqliteDatabase, type SqliteDriver } from '../data/sqlite/driver.ts';
import type { RunIndex } from './index-store.ts';
import { MemoryIndex } from './memory-index.ts';
import { INDEX_VERSION, SCHEMA } from './schema.ts';
import { SqliteIndex } from './sqlite-index.ts';

export interface IndexPlace {
  readonly home: string;
  /** Null: no SQLite loads. */
  readonly driver: SqliteDriver | null;
  /** How long to wait for other writers. */
  readonly timeoutMs: number;
}

export interface IndexUse<T> {
  readonly value: T;
  /** Why otto.db could not be used, or was replaced; null when all is well. */
  readonly problem: Failure | null;
}

export const databasePath = (home: string): string => join(home, 'otto.db');

/**
 * Opens the index, uses it and closes it. A damaged otto.db is moved aside and `use` gets a new one; an otto.db that cannot be
 * opened at all is replaced by an index in memory, since everything in it is in the run directories too. Only one that a newer
 * otto wrote is refused, by a FailureError.
 */
export function withIndex<T>(place: IndexPlace, use: (index: RunIndex) => T): IndexUse<T> {
  const { driver } = place;
  if (driver === null || isMissing(place.home)) return { value: use(new MemoryIndex()), problem: null };
  let file: string | null = null;
  try {
    file = identity(databasePath(place.home));
    return { value: useDatabase({ ...place, driver }, use), problem: null };
  } catch (error) {
    if (error instanceof FailureError) throw error;
    if (!isDamage(error) || file === null) return useMemory(place, error, use);
    return useReplacement({ ...place, driver }, file, use);
  }
}

/** Before the first run there is nothing to index, and no place for an index. */
function isMissing(home: string): boolean {
  try {
    return statSync(home, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

type UsablePlace = IndexPlace & { readonly driver: SqliteDriver };

function useDatabase<T>(place: UsablePlace, use: (index: RunIndex) => T): T {
  const index = new SqliteIndex(openDatabase(place));
  try {
    return use(index);
  } finally {
    index.close();
  }
}

function useMemory<T>({ home }: IndexPlace, error: unknown, use: (index: RunIndex) => T): IndexUse<T> {
  const { code, message } = error as { code?: string; message?: string };
  const hint = `${message ?? 'it failed'}; no run is lost, history reads the run.json files instead`;
  const problem: Failure = {
    kind: 'io',
    action: 'use',
    path: databasePath(home),
    code: code ?? 'unknown',
    hint,
  };
  return { value: use(new MemoryIndex()), problem };
}

function useReplacement<T>(place: UsablePlace, damaged: string, use: (index: RunIndex) => T): IndexUse<T> {
  const path = databasePath(place.home);
  try {
    const movedTo = moveAside(path, damaged);
    const value = useDatabase(place, use);
    const hint = `it was moved to ${movedTo}; a new one is made from the run.json files`;
    return {
      value,
      problem: movedTo === null ? null : { kind: 'io', action: 'read', path, code: 'damaged', hint },
    };
  } catch (error) {
    if (error instanceof FailureError) throw error;
    return useMemory(place, error, use);
  }
}

function openDatabase({ home, timeoutMs, driver }: UsablePlace): SqliteDatabase {
  const path = databasePath(home);
  if (identity(path) === null) createDatabase(path, driver);
  const database = driver.open(path, timeoutMs);
  try {
    checkVersion(path, database);
    // A power failure may damage the file; then it is made again. In exchange no run waits for the disk.
    database.exec('PRAGMA synchronous = OFF');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function checkVersion(path: string, database: SqliteDatabase): void {
  const { user_version: found } = database.prepare('PRAGMA user_version').get() as { user_version: number };
  if (found > INDEX_VERSION) {
    throw new FailureError({ kind: 'newer-version', path, found, known: INDEX_VERSION });
  }
  if (found < INDEX_VERSION) throw new NotAnIndex();
}

/** An SQLite file without otto's tables: treated like a damaged one. */
class NotAnIndex extends Error {
  readonly code = 'SQLITE_NOTADB';
}

/** Made beside its place and linked into it, complete: of two processes that do this at once, one wins and both use it. */
function createDatabase(path: string, driver: SqliteDriver): void {
  const temporary = `${path}.${process.pid}.new`;
  rmSync(temporary, { force: true });
  try {
    const database = driver.open(temporary, 0);
    try {
      database.exec('PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL');
      database.exec(`BEGIN; ${SCHEMA} COMMIT`);
    } finally {
      database.close();
    }
    linkSync(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Null when another process has already replaced the file: what stands there now is not what was found damaged. */
function moveAside(path: string, damaged: string): string | null {
  if (identity(path) !== damaged) return null;
  const target = `${path}.damaged-${new Date().toISOString().replace(/[:.]/g, '-')}`;
  renameSync(path, target);
  // The log of changes belongs to the damaged file: left in place, it would be played into the new one.
  for (const ending of ['-wal', '-shm']) rmSync(path + ending, { force: true });
  return target;
}

function identity(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? null : `${stat.dev}:${stat.ino}`;
}
