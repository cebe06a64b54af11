import type { StreamName } from './screen.ts';

/** A task's output up to this many bytes is kept in memory until it ends; more is read from its logs then. */
export const KEPT_BYTES = 1024 * 1024;
/** Pieces whose order is remembered; of what comes after them each stream is shown by itself. */
const MOST_PIECES = 100_000;

/** So many bytes of one stream, which come before those of the next piece. */
export interface Piece {
  readonly stream: StreamName;
  bytes: number;
}

/** The output of one task, both streams in the order in which they came. */
export class Block {
  readonly pieces: Piece[] = [];
  bytes = 0;
  /** Its stdout has markers in the log that are not shown. */
  isFiltered = false;
  /** Its bytes; null once they are too many. */
  #kept: Buffer[] | null = [];
  /** Where pieces go that are too many. */
  #rest: Record<StreamName, Piece> | null = null;

  add(stream: StreamName, chunk: Buffer): void {
    this.bytes += chunk.length;
    this.#count(stream, chunk.length);
    if (this.bytes > KEPT_BYTES) this.#kept = null;
    // Copied, because a short chunk may be a view of a large buffer.
    this.#kept?.push(Buffer.from(chunk));
  }

  /** What `pieces` stand for; null: the logs have it. */
  kept(): Buffer | null {
    return this.#kept === null ? null : Buffer.concat(this.#kept);
  }

  #count(stream: StreamName, bytes: number): void {
    const last = this.pieces.at(-1);
    if (this.#rest !== null) this.#rest[stream].bytes += bytes;
    else if (last?.stream === stream) last.bytes += bytes;
    else if (this.pieces.length < MOST_PIECES) this.pieces.push({ stream, bytes });
    else this.#countRest(stream, bytes);
  }

  #countRest(stream: StreamName, bytes: number): void {
    this.#rest = { stdout: { stream: 'stdout', bytes: 0 }, stderr: { stream: 'stderr', bytes: 0 } };
    this.#rest[stream].bytes = bytes;
    this.pieces.push(this.#rest.stdout, this.#rest.stderr);
    // What is kept lies in the order in which it came.
    this.#kept = null;
  }
}
