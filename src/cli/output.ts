import { nativeOrNull } from '../data/native-or-null.ts';
import type { BackPressure } from '../run/back-pressure.ts';

export type Write = (bytes: string | Uint8Array) => void;

/** More than this waits only when nobody reads: Node hands a pipe all that it takes at once. */
const FULL_BYTES = 1024 * 1024;

const DESCRIPTORS = { stdout: 1, stderr: 2 } as const;

/**
 * Writing never throws: a run goes on when nobody reads its output any more (`otto run | head -1`), and that is no error. Any
 * other problem, such as a full disk, is told once and makes the exit code 1.
 */
export class Output {
  readonly #name: 'stdout' | 'stderr';
  /** Made when something does not arrive at once: Node takes two milliseconds for it, which a short run needs for little else. */
  #stream: NodeJS.WriteStream | null = null;
  #broken = false;
  #unread = false;

  constructor(name: 'stdout' | 'stderr') {
    this.#name = name;
  }

  readonly write: Write = (bytes) => {
    if (this.#broken) return;
    const rest = this.#stream === null ? this.#writeNow(bytes) : bytes;
    if (rest.length === 0) return;
    try {
      this.#stream ??= process[this.#name].on('error', this.#fail);
      this.#stream.write(rest);
    } catch (error) {
      // Files are written at once, and throw instead of telling later.
      this.#fail(error as NodeJS.ErrnoException);
    }
  };

  /** Returns what is left for the stream, which also tells what is wrong. */
  #writeNow(text: string | Uint8Array): Uint8Array {
    const bytes = typeof text === 'string' ? Buffer.from(text) : text;
    return bytes.subarray(nativeOrNull()?.writeNow(DESCRIPTORS[this.#name], bytes) ?? 0);
  }

  /** Nothing that is written arrives any more: nobody reads it, or there is no room for it. */
  get lost(): boolean {
    return this.#unread;
  }

  isFull(): boolean {
    return !this.#unread && this.#stream !== null && this.#stream.writableLength > FULL_BYTES;
  }

  /** Resolves when all has been written, or never will be. */
  drained(): Promise<void> {
    const stream = this.#stream;
    if (stream === null || !this.isFull()) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        stream.off('drain', done).off('error', done);
        resolve();
      };
      stream.on('drain', done).on('error', done);
    });
  }

  readonly #fail = (error: NodeJS.ErrnoException): void => {
    this.#unread = true;
    if (error.code === 'EPIPE' || this.#broken) return;
    this.#broken = true;
    process.once('exit', () => {
      process.exitCode ||= 1;
    });
    if (this.#name === 'stdout') process.stderr.write(`otto: cannot write to stdout: ${error.message}\n`);
  };
}

/** Full while one of the outputs is. */
export function pressureOf(outputs: readonly Output[]): BackPressure {
  return {
    isFull: () => outputs.some((output) => output.isFull()),
    whenRoom: (resume) => void Promise.all(outputs.map((output) => output.drained())).then(resume),
  };
}
