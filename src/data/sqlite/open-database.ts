import { FailureError } from '../../base/failure.ts';
import { MAX_IN_MEMORY_BYTES } from '../broker/backend.ts';
import type { DatabasePlace } from './calls.ts';
import { DatabaseFile } from './database-file.ts';
import { loadSqlite, type SqliteDatabase } from './driver.ts';
import { SCHEMA } from './schema.ts';
import { prepareStatements, type Statements } from './statements.ts';
import { databaseFailure } from './trouble.ts';

/**
 * What is committed survives the end of any process, not a power failure: that would cost every value a wait for the disk. Pages of 16 KiB are
 * a third faster than those of 4 KiB for 100 MiB, and cost a small value less than 0.1 ms.
 */
const PRAGMAS = `PRAGMA page_size = 16384;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF;
PRAGMA wal_autocheckpoint = 0;`;

/** A database and its file. */
export interface OpenDatabase {
  readonly file: DatabaseFile;
  readonly statements: Statements;
  transaction<T>(begin: 'begin' | 'beginReading', work: () => T): T;
  setTimeout(milliseconds: number): void;
  /** Puts what the log of changes holds into the database, as far as no reader needs it. */
  checkpoint(): void;
  /** Ends the log of changes: one plain file is left. */
  settle(): void;
  close(): void;
}

/** Makes the run's database. */
export async function openTaskDatabase({ path, lockTimeoutMs }: DatabasePlace): Promise<OpenDatabase> {
  const driver = await loadSqlite();
  if (driver === null) throw new FailureError({ kind: 'sqlite-missing' });
  let file: DatabaseFile | null = null;
  let database: SqliteDatabase | null = null;
  try {
    file = new DatabaseFile(path);
    database = driver.open(path, lockTimeoutMs);
    database.exec(PRAGMAS);
    database.exec(`BEGIN;${SCHEMA}COMMIT`);
    // The file itself has the tables from here on: whoever looks at its head finds a database.
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    file.watchLog();
    return opened(file, database);
  } catch (error) {
    database?.close();
    file?.close();
    throw databaseFailure(error, path, lockTimeoutMs);
  }
}

function opened(file: DatabaseFile, database: SqliteDatabase): OpenDatabase {
  const statements = prepareStatements(database, MAX_IN_MEMORY_BYTES);
  return {
    file,
    statements,
    transaction: (begin, work) => {
      statements[begin].run();
      try {
        const result = work();
        statements.commit.run();
        return result;
      } catch (error) {
        rollBack(statements);
        throw error;
      }
    },
    setTimeout: (milliseconds) => database.exec(`PRAGMA busy_timeout = ${milliseconds}`),
    checkpoint: () => database.exec('PRAGMA wal_checkpoint(PASSIVE)'),
    settle: () => database.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE'),
    close: () => {
      database.close();
      file.close();
    },
  };
}

/** SQLite has done it itself after some failures. */
function rollBack({ rollback }: Statements): void {
  try {
    rollback.run();
  } catch {
    // Nothing is open.
  }
}
