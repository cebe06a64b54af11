import { readSync } from 'node:fs';
import { MarkerParser } from '../data/captures/markers.ts';

const STEP_BYTES = 256 * 1024;

/** The log of a task with `markers` as it was shown: without them. */
export class UnmarkedLog {
  readonly #descriptor: number;
  readonly #shown: Buffer[] = [];
  /** Bytes of the log that have been shown or hidden, apart from what a marker holds that is open. */
  #offset = 0;
  #readTo = 0;
  /** From where on everything is shown: a marker was never closed there. */
  #plainFrom: number | null = null;
  readonly #parser = new MarkerParser({
    text: (bytes, hidden) => {
      this.#offset += hidden + bytes.length;
      this.#shown.push(Buffer.from(bytes));
    },
    begin: () => undefined,
    piece: () => undefined,
    end: () => undefined,
    unclosed: (_opener, hidden) => {
      this.#plainFrom = this.#offset + hidden;
    },
  });
  #hasEnded = false;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** The next bytes, at most so many; none only at the end. */
  read(bytes: number): Buffer {
    while (this.#shown.length === 0 && !this.#hasEnded) this.#parseMore();
    const first = this.#shown.shift();
    if (first === undefined) return this.#readPlain(bytes);
    if (first.length > bytes) this.#shown.unshift(first.subarray(bytes));
    return first.subarray(0, bytes);
  }

  #parseMore(): void {
    const chunk = this.#readAt(this.#readTo, STEP_BYTES);
    this.#readTo += chunk.length;
    this.#hasEnded = chunk.length === 0;
    if (this.#hasEnded) this.#parser.end();
    else this.#parser.push(chunk);
  }

  #readPlain(bytes: number): Buffer {
    if (this.#plainFrom === null) return Buffer.alloc(0);
    const piece = this.#readAt(this.#plainFrom, bytes);
    this.#plainFrom += piece.length;
    return piece;
  }

  #readAt(position: number, bytes: number): Buffer {
    const buffer = Buffer.allocUnsafe(bytes);
    return buffer.subarray(0, readSync(this.#descriptor, buffer, 0, bytes, position));
  }
}
