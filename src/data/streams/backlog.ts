import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { attempt } from '../../base/io-failure.ts';

const RING_BYTES = 4 * 1024 * 1024;
const PIECE_BYTES = 1024 * 1024;

/**
 * The bytes of a stream that somebody still has to get: the newest in a ring in memory, and, when that is full and cannot be
 * emptied, older ones in a file. Positions count from the beginning of the stream.
 */
export class Backlog {
  /** Where the stream has come to. */
  end = 0;
  /** How much of the stream has gone to the file. */
  spilledBytes = 0;
  readonly #path: string;
  #ring: Buffer | null = null;
  /** The oldest byte in memory. */
  #base = 0;
  #file: number | null = null;
  #piece: Buffer | null = null;

  /** `path` is where the file is made when it is needed. */
  constructor(path: string) {
    this.#path = path;
  }

  get isFull(): boolean {
    return this.end - this.#base >= RING_BYTES;
  }

  /** Where to put what comes next: as much as there is room for in one piece. To be followed by `take`. */
  room(): Buffer {
    this.#ring ??= Buffer.allocUnsafeSlow(RING_BYTES);
    const at = this.end % RING_BYTES;
    const free = RING_BYTES - (this.end - this.#base);
    return this.#ring.subarray(at, at + Math.min(free, RING_BYTES - at, PIECE_BYTES));
  }

  take(bytes: number): void {
    this.end += bytes;
  }

  /** Bytes from `position` on, at least one where there are any; good until the next call. */
  read(position: number): Buffer {
    if (position < this.#base) return this.#readFile(position);
    if (this.#ring === null) return NOTHING;
    const at = position % RING_BYTES;
    return this.#ring.subarray(at, Math.min(at + (this.end - position), RING_BYTES, at + PIECE_BYTES));
  }

  /** Nobody needs what is before `position`. */
  trim(position: number): void {
    if (position > this.#base) this.#base = position;
  }

  /** Whether who stands at `position` keeps the ring from being emptied. */
  isHeldAt = (position: number): boolean => position <= this.#base;

  /** Makes room in memory by writing the oldest bytes to the file. */
  spill(): void {
    const bytes = this.read(this.#base);
    attempt('write', this.#path, () => {
      this.#file ??= openSync(this.#path, 'wx+', 0o600);
      for (let done = 0; done < bytes.length; )
        done += writeSync(this.#file, bytes, done, bytes.length - done, this.#base + done);
    });
    this.#base += bytes.length;
    this.spilledBytes += bytes.length;
  }

  close(): void {
    if (this.#file !== null) {
      closeSync(this.#file);
      rmSync(this.#path, { force: true });
    }
    this.#file = null;
    this.#ring = null;
    this.#piece = null;
  }

  #readFile(position: number): Buffer {
    const file = this.#file;
    if (file === null) throw new Error(`the bytes at ${position} were let go of`);
    this.#piece ??= Buffer.allocUnsafeSlow(PIECE_BYTES);
    const piece = this.#piece;
    const wanted = Math.min(PIECE_BYTES, this.#base - position);
    const found = attempt('read', this.#path, () => readSync(file, piece, 0, wanted, position));
    if (found === 0) throw new Error(`the bytes at ${position} are not in ${this.#path}`);
    return piece.subarray(0, found);
  }
}

const NOTHING = Buffer.alloc(0);
