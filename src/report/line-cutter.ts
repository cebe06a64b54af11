import { wholeCharacters } from './utf8-cut.ts';

/** A line that is longer comes in pieces, so that a line without end takes no memory. */
const LONGEST = 64 * 1024;
const NEWLINE = 10;

/** Cuts a stream into pieces of whole lines. Put together, the pieces are the stream. */
export class LineCutter {
  #held: Buffer[] = [];
  #heldBytes = 0;
  readonly #take: (piece: Buffer) => void;

  constructor(take: (piece: Buffer) => void) {
    this.#take = take;
  }

  add(chunk: Buffer): void {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes < LONGEST && !chunk.includes(NEWLINE)) return;
    let rest = this.#takeHeld();
    for (let end = endOfPiece(rest); end > 0; end = endOfPiece(rest)) {
      this.#take(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
    // Copied, because it may be a short part of a large buffer.
    if (rest.length > 0) this.#hold(Buffer.from(rest));
  }

  /** What is left without a newline. */
  end(): void {
    if (this.#heldBytes > 0) this.#take(this.#takeHeld());
  }

  #hold(bytes: Buffer): void {
    this.#held.push(bytes);
    this.#heldBytes = bytes.length;
  }

  #takeHeld(): Buffer {
    const held = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    return held;
  }
}

/** Where the next piece ends; 0: its end has not come yet. */
function endOfPiece(bytes: Buffer): number {
  const within = bytes.length > LONGEST ? bytes.subarray(0, LONGEST) : bytes;
  const lines = within.lastIndexOf(NEWLINE) + 1;
  return lines > 0 || within.length < LONGEST ? lines : wholeCharacters(within);
}
