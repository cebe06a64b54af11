import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { overwrittenFailure, removedFailure } from './trouble.ts';

const MAGIC = Buffer.from('SQLite format 3\0');

/**
 * The file of a database, to see whether tasks leave it alone: SQLite itself goes on with a file that was removed, and notices late when
 * something has written over it. It is opened before SQLite opens it and closed after SQLite has closed it, because closing a
 * file drops all locks that this process holds on it.
 */
export class DatabaseFile {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #head = Buffer.alloc(MAGIC.length);

  /** Makes it, empty. */
  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openSync(path, 'wx+', 0o600);
  }

  check(): void {
    const own = fstatSync(this.#descriptor);
    const found = statSync(this.#path, { throwIfNoEntry: false });
    if (found?.ino !== own.ino || found.dev !== own.dev) throw removedFailure(this.#path);
    const bytes = readSync(this.#descriptor, this.#head, 0, MAGIC.length, 0);
    if (bytes < MAGIC.length || !this.#head.equals(MAGIC)) throw overwrittenFailure(this.#path);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
