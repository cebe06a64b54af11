import { promises } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { attemptAsync } from '../../base/io-failure.ts';
import { type Incoming, MAX_IN_MEMORY_BYTES } from './backend.ts';

/** So much is gathered for one write; while it is written the next may come. */
const BATCH_BYTES = 1024 * 1024;

/**
 * Takes in the body of one value: small ones in memory, large ones in a new file, of which two batches are in memory at most. A failed
 * write is told by `end`; what comes until then is thrown away.
 */
export class IncomingValue {
  readonly #newPath: () => string;
  #pieces: Buffer[] = [];
  #gathered = 0;
  #bytes = 0;
  #file: { readonly path: string; readonly handle: FileHandle } | null = null;
  #writing: Promise<void> = Promise.resolve();
  #failure: { readonly reason: unknown } | null = null;

  constructor(newPath: () => string) {
    this.#newPath = newPath;
  }

  /** A promise when there is something to wait for. */
  push(piece: Buffer): Promise<void> | undefined {
    if (this.#failure !== null) return undefined;
    this.#pieces.push(piece);
    this.#gathered += piece.length;
    this.#bytes += piece.length;
    return this.#gathered < BATCH_BYTES ? undefined : this.#flush();
  }

  async end(): Promise<Incoming> {
    if (this.#file === null && this.#bytes <= MAX_IN_MEMORY_BYTES && this.#failure === null)
      return { kind: 'memory', data: Buffer.concat(this.#pieces) };
    await this.#flush();
    await this.#writing;
    await this.#close();
    if (this.#failure !== null) throw this.#failure.reason;
    return { kind: 'file', path: this.#file?.path ?? '', bytes: this.#bytes };
  }

  /** Removes what there is of it. */
  async abandon(): Promise<void> {
    this.#failure ??= { reason: null };
    this.#pieces = [];
    await this.#writing;
    await this.#close();
    if (this.#file !== null) await promises.rm(this.#file.path, { force: true });
  }

  async #flush(): Promise<void> {
    await this.#writing;
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#gathered = 0;
    if (this.#failure !== null) return;
    this.#writing = this.#write(pieces).catch((reason: unknown) => {
      this.#failure = { reason };
    });
  }

  async #write(pieces: readonly Buffer[]): Promise<void> {
    this.#file ??= await this.#open();
    const { path, handle } = this.#file;
    let rest = pieces;
    while (rest.length > 0) {
      const { bytesWritten } = await attemptAsync('write', path, () => handle.writev(rest));
      rest = withoutFirst(rest, bytesWritten);
    }
  }

  async #open(): Promise<{ readonly path: string; readonly handle: FileHandle }> {
    const path = this.#newPath();
    return { path, handle: await attemptAsync('write', path, () => promises.open(path, 'wx', 0o600)) };
  }

  async #close(): Promise<void> {
    await this.#file?.handle.close().catch((reason: unknown) => {
      this.#failure ??= { reason };
    });
  }
}

/** What is left of the pieces after so many bytes. */
function withoutFirst(pieces: readonly Buffer[], bytes: number): Buffer[] {
  let left = bytes;
  const rest: Buffer[] = [];
  for (const piece of pieces) {
    if (left < piece.length) rest.push(left === 0 ? piece : piece.subarray(left));
    left = Math.max(0, left - piece.length);
  }
  return rest;
}
