import {
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { attempt } from '../../base/io-failure.ts';
import { LARGE_DIRECTORY } from './schema.ts';

/**
 * The directory beside the database. Values that the database does not take stay there, by the names that rows give them; copies of large values
 * that it has taken are there while the run needs them as files.
 */
export class LargeFiles {
  readonly #root: string;
  #made = false;
  #count = 0;

  constructor(databasePath: string) {
    this.#root = dirname(databasePath);
  }

  /** The number of a file that does not exist yet. */
  next(): number {
    const directory = join(this.#root, LARGE_DIRECTORY);
    if (!this.#made)
      attempt('create', directory, () => mkdirSync(directory, { recursive: true, mode: 0o700 }));
    this.#made = true;
    return ++this.#count;
  }

  /** Of a copy. */
  pathOf(copy: number): string {
    return join(this.#root, LARGE_DIRECTORY, `${copy}.copy`);
  }

  nameOf(value: number): string {
    return `${LARGE_DIRECTORY}/${value}`;
  }

  absolute(name: string): string {
    return join(this.#root, name);
  }

  write(copy: number, data: Uint8Array): string {
    const path = this.pathOf(copy);
    attempt('write', path, () => writeFileSync(path, data, { mode: 0o600, flag: 'wx' }));
    return path;
  }

  /** Gives a file a second name here. */
  link(from: string, name: string): void {
    secondName(from, this.absolute(name));
  }

  /** Length of a plain file; null for anything else, and for nothing. */
  bytesOf(name: string): number | null {
    const path = this.absolute(name);
    const stat = attempt('read', path, () => lstatSync(path, { throwIfNoEntry: false }));
    return stat?.isFile() ? stat.size : null;
  }

  removeCopies(copies: Iterable<number>): void {
    for (const copy of copies) rmSync(this.pathOf(copy), { force: true });
  }

  /** All that no row names. */
  removeOthers(named: ReadonlySet<string>): void {
    const directory = join(this.#root, LARGE_DIRECTORY);
    for (const name of this.#names(directory))
      if (!named.has(`${LARGE_DIRECTORY}/${name}`)) rmSync(join(directory, name), { force: true });
    if (this.#names(directory).length === 0) removeEmpty(directory);
  }

  #names(directory: string): readonly string[] {
    try {
      return readdirSync(directory);
    } catch {
      return [];
    }
  }
}

function removeEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // It never was, or something has come to lie there.
  }
}

/** The broker's directory may lie on another file system than the run's. */
export function moveFile(from: string, to: string): void {
  attempt('write', to, () => {
    try {
      renameSync(from, to);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
      copyFileSync(from, to);
      rmSync(from, { force: true });
    }
  });
}

/** Not every file system has links. */
export function secondName(path: string, name: string): void {
  attempt('write', name, () => {
    try {
      linkSync(path, name);
    } catch {
      copyFileSync(path, name);
    }
  });
}
