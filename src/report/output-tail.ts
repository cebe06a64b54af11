import type { StreamName } from './screen.ts';

/** Of a task's output this much is remembered, however much it writes. */
const KEPT_BYTES = 16 * 1024;
const NEWLINE = 10;

interface Piece {
  readonly stream: StreamName;
  readonly chunk: Buffer;
}

/** The end of a task's output, both streams in the order in which they came. */
export class OutputTail {
  /** The streams to which anything was written. */
  readonly streams = new Set<StreamName>();
  readonly #pieces: Piece[] = [];
  #bytes = 0;

  add(stream: StreamName, chunk: Buffer): void {
    this.streams.add(stream);
    // Copied, because a short chunk may be a view of a large buffer.
    const kept = Buffer.from(chunk.subarray(Math.max(0, chunk.length - KEPT_BYTES)));
    this.#pieces.push({ stream, chunk: kept });
    this.#bytes += kept.length;
    while (this.#bytes - (this.#pieces[0]?.chunk.length ?? 0) >= KEPT_BYTES) {
      this.#bytes -= this.#pieces.shift()?.chunk.length ?? 0;
    }
  }

  /** Its lines, without their newlines; the first one may lack its beginning. A line's place is where it ended. */
  lines(): Buffer[] {
    const lines: Buffer[] = [];
    const unfinished: Record<StreamName, Buffer> = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
    for (const { stream, chunk } of this.#pieces) {
      let rest = Buffer.concat([unfinished[stream], chunk]);
      for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
        lines.push(rest.subarray(0, end));
        rest = rest.subarray(end + 1);
      }
      unfinished[stream] = rest;
    }
    lines.push(...Object.values(unfinished).filter((line) => line.length > 0));
    return lines;
  }
}
