import { promises, statSync } from 'node:fs';
import { attemptAsync } from '../base/io-failure.ts';
import type { HashedFile } from './checksum.ts';

/** A value file that history has a copy of. */
export interface CopiedFile {
  /** The copy's absolute path. */
  readonly path: string;
  readonly hashed: HashedFile;
}

/**
 * Which value files of a run are in history already: a value that tasks pass on unchanged is one file with several links, and is
 * copied and hashed once.
 *
 * Files are told apart by device and inode number, which the system may give to another file as soon as the last link is gone.
 * So `forget` has to be called before links are removed.
 */
export class CopiedFiles {
  readonly #copies = new Map<string, Promise<CopiedFile>>();

  /** The copy of `source`, made by `copy` when there is none. A copy that fails is not remembered. */
  async of(source: string, copy: () => Promise<CopiedFile>): Promise<CopiedFile> {
    const { dev, ino } = await attemptAsync('read', source, () => promises.stat(source, { bigint: true }));
    return this.#copies.get(`${dev}:${ino}`) ?? this.#remember(`${dev}:${ino}`, copy);
  }

  /** Forgets a file that has this link only: it is about to be removed. */
  forget(source: string): void {
    if (this.#copies.size === 0) return;
    const found = statSync(source, { bigint: true, throwIfNoEntry: false });
    if (found !== undefined && found.nlink === 1n) this.#copies.delete(`${found.dev}:${found.ino}`);
  }

  #remember(id: string, copy: () => Promise<CopiedFile>): Promise<CopiedFile> {
    const made = copy();
    this.#copies.set(id, made);
    made.catch(() => this.#copies.delete(id));
    return made;
  }
}
