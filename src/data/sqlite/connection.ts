import { FailureError } from '../../base/failure.ts';
import type { TaskName } from '../../base/task-name.ts';
import type { DatabasePlace } from './calls.ts';
import type { OpenDatabase } from './open-database.ts';
import type { Statements } from './statements.ts';
import { databaseFailure } from './trouble.ts';

/** How long the end of a task waits for a program that keeps the database locked: its values can be read all the same. */
const MARK_TIMEOUT_MS = 200;
const CLOSE_TIMEOUT_MS = 1000;

/**
 * The way to the run's database: looks at its files before each use, and tells what goes wrong as a FailureError. Knows which tasks may
 * have values set by hand, and how much the log of changes holds.
 */
export class Connection {
  readonly #place: DatabasePlace;
  #open: OpenDatabase | null;
  /** Tasks that have ended while a program kept the database locked: hands could still change what is no longer looked at. */
  readonly #unmarked = new Set<TaskName>();
  /** Written since the log of changes was last put into the database. */
  #logBytes = 0;

  /** `open` comes from openTaskDatabase. */
  constructor(place: DatabasePlace, open: OpenDatabase) {
    this.#place = place;
    this.#open = open;
  }

  get logBytes(): number {
    return this.#logBytes;
  }

  use<T>(work: (statements: Statements) => T): T {
    return this.#told((open) => work(open.statements));
  }

  /** One transaction: all of it is committed, or nothing. `bytes` is how much goes into the log, about. */
  write(work: (statements: Statements) => void, bytes = 0): void {
    this.#told((open) => open.transaction('begin', () => work(open.statements)));
    this.#logBytes += bytes + 1;
  }

  /** Everything as it is at one moment. */
  read<T>(work: (statements: Statements) => T): T {
    return this.#told((open) => open.transaction('beginReading', () => work(open.statements)));
  }

  /** Hands may set values of this task. */
  begin(task: TaskName): void {
    this.write((statements) => statements.open.run(task));
    this.#unmarked.delete(task);
  }

  /** From now on hands cannot change its values. */
  end(task: TaskName): void {
    const open = this.#usable();
    open.setTimeout(MARK_TIMEOUT_MS);
    try {
      for (const name of [task, ...this.#unmarked]) {
        open.statements.end.run(name);
        this.#unmarked.delete(name);
      }
    } catch {
      this.#unmarked.add(task);
    } finally {
      open.setTimeout(this.#place.lockTimeoutMs);
    }
  }

  /** Puts the log of changes into the database, so that no program that uses it by hand has to. */
  checkpoint(): void {
    if (this.#logBytes === 0) return;
    this.#logBytes = 0;
    try {
      this.#usable().checkpoint();
    } catch {
      // The next one does it.
    }
  }

  /**
   * What is left is one file, which no log of changes belongs to. A program that has it open may keep it from that: then it is as readable. `last`
   * is done with the database before.
   */
  close(last: (statements: Statements) => void): void {
    const open = this.#open;
    if (open === null) return;
    this.#open = null;
    try {
      open.file.check();
      open.setTimeout(CLOSE_TIMEOUT_MS);
      for (const task of this.#unmarked) open.statements.end.run(task);
      last(open.statements);
      open.settle();
    } catch {
      // It has been removed or overwritten, or is locked, or the disk is full; whoever needed it was told.
    } finally {
      open.close();
    }
  }

  #told<T>(work: (open: OpenDatabase) => T): T {
    const { path, lockTimeoutMs } = this.#place;
    const open = this.#usable();
    try {
      return work(open);
    } catch (error) {
      throw databaseFailure(error, path, lockTimeoutMs);
    }
  }

  #usable(): OpenDatabase {
    const { path } = this.#place;
    if (this.#open === null)
      throw new FailureError({ kind: 'io', action: 'use', path, code: 'it is closed: the run has ended' });
    this.#open.file.check();
    return this.#open;
  }
}
