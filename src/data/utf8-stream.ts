import { isUtf8 } from 'node:buffer';

/** Tells whether bytes that come in pieces are valid UTF-8. Pieces may end inside a character. */
export class Utf8Stream {
  #valid = true;
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): void {
    if (!this.#valid) return;
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const end = lastBoundary(bytes);
    this.#valid = isUtf8(bytes.subarray(0, end));
    // A copy: the caller may fill its chunk again.
    this.#rest = Buffer.from(bytes.subarray(end));
  }

  /** The answer for everything pushed so far. */
  end(): boolean {
    return this.#valid && this.#rest.length === 0;
  }
}

/** The start of a character that the end of `bytes` cuts off, else the end. */
function lastBoundary(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte >= 0xc0) return lengthOf(byte) > back ? bytes.length - back : bytes.length;
    if (byte < 0x80) break;
  }
  return bytes.length;
}

function lengthOf(lead: number): number {
  return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
}
