import { closeSync, openSync, writeSync } from 'node:fs';
import { type Failure, FailureError } from '../../base/failure.ts';
import { attempt } from '../../base/io-failure.ts';

/** Takes the bytes of a stream that history keeps. */
export interface KeptHead {
  /** How many it has taken. */
  readonly bytes: number;
  readonly isFull: boolean;
  /** Why it takes no more although it is not full. */
  readonly failure: Failure | null;
  write(bytes: Uint8Array): void;
  close(): void;
}

/** The first `limit` bytes of a stream, handed on to who writes them somewhere. */
export class Head implements KeptHead {
  bytes = 0;
  failure: Failure | null = null;
  readonly #limit: number;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #close: () => void;

  constructor(limit: number, write: (bytes: Uint8Array) => void, close: () => void = () => undefined) {
    this.#limit = limit;
    this.#write = write;
    this.#close = close;
  }

  get isFull(): boolean {
    return this.bytes >= this.#limit || this.failure !== null;
  }

  write(bytes: Uint8Array): void {
    if (this.isFull) return;
    const head = bytes.subarray(0, Math.min(bytes.length, this.#limit - this.bytes));
    try {
      this.#write(head);
      this.bytes += head.length;
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      this.failure = error.failure;
    }
  }

  close(): void {
    this.#close();
  }
}

/** The head of a stream as a file, which is made with the first byte. */
export function headInFile(path: string, limit: number): KeptHead {
  let file: number | null = null;
  return new Head(
    limit,
    (bytes) =>
      attempt('write', path, () => {
        file ??= openSync(path, 'w', 0o600);
        for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
      }),
    () => {
      if (file !== null) closeSync(file);
      file = null;
    },
  );
}
