import { closeSync, fstatSync, ftruncateSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { overwrittenFailure, removedFailure } from './trouble.ts';

const MAGIC = Buffer.from('SQLite format 3\0');
/** Of the index of the log: what SQLite reads first (https://www.sqlite.org/walformat.html, section 2.1). */
const EMPTY_HEAD = Buffer.alloc(136);
/** The index of the log may have grown since it was looked at last: by less than this. */
const INDEX_GROWTH_BYTES = 1024 * 1024;

/**
 * The files of a database, to see whether tasks leave them alone: SQLite itself goes on with a file that was removed, and notices late
 * when something has written over it. They are opened before SQLite uses them and closed after SQLite has closed them, because closing a
 * file drops all locks that this process holds on it.
 */
export class DatabaseFile {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #head = Buffer.alloc(MAGIC.length);
  #changes: number | null = null;
  #index: number | null = null;
  #indexBytes = 0;

  /** Makes it, empty. */
  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openSync(path, 'wx+', 0o600);
  }

  /** From now on the log of changes and its index are there, too. */
  watchLog(): void {
    this.#changes = openSync(`${this.#path}-wal`, 'r');
    this.#index = openSync(`${this.#path}-shm`, 'r+');
  }

  check(): void {
    this.#checkPlace(this.#path, this.#descriptor);
    const bytes = readSync(this.#descriptor, this.#head, 0, MAGIC.length, 0);
    if (bytes < MAGIC.length || !this.#head.equals(MAGIC)) throw overwrittenFailure(this.#path);
    if (this.#changes === null || this.#index === null) return;
    this.#restoreIndex(this.#index);
    this.#checkPlace(`${this.#path}-wal`, this.#changes);
    this.#checkPlace(`${this.#path}-shm`, this.#index);
  }

  close(): void {
    for (const descriptor of [this.#descriptor, this.#changes, this.#index])
      if (descriptor !== null) closeSync(descriptor);
  }

  #checkPlace(path: string, descriptor: number): void {
    const own = fstatSync(descriptor);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.ino !== own.ino || found.dev !== own.dev) throw removedFailure(path);
  }

  /**
   * SQLite has the index mapped: to touch it where it was cut off would end otto by SIGBUS. Where the head is empty SQLite
   * makes a new index from the log.
   */
  #restoreIndex(descriptor: number): void {
    const { size } = fstatSync(descriptor);
    if (size >= this.#indexBytes) {
      this.#indexBytes = size;
      return;
    }
    writeSync(descriptor, EMPTY_HEAD, 0, EMPTY_HEAD.length, 0);
    ftruncateSync(descriptor, this.#indexBytes + INDEX_GROWTH_BYTES);
  }
}
