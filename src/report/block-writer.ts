import type { StreamName, Writer } from './screen.ts';

const NEWLINE = 10;

/** Writes the pieces of a block. A line that another piece would go on with, on the other stream or of another task, is ended. */
export class BlockWriter {
  readonly #out: Readonly<Record<StreamName, Writer>>;
  #open: StreamName | null = null;

  constructor(out: Readonly<Record<StreamName, Writer>>) {
    this.#out = out;
  }

  write(stream: StreamName, bytes: Uint8Array): void {
    if (this.#open !== stream) this.end();
    this.#out[stream](bytes);
    this.#open = bytes.at(-1) === NEWLINE ? null : stream;
  }

  end(): void {
    if (this.#open !== null) this.#out[this.#open]('\n');
    this.#open = null;
  }
}
