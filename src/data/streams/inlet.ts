import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { attempt } from '../../base/io-failure.ts';
import { openFifo, retireFifo } from './fifo-path.ts';
import { readNow, type StreamSystem, type Watch } from './system.ts';

/** Where a stream comes in: a FIFO that the producer opens by its path, or that becomes its stdout. */
export type InletKind = 'path' | 'stdout';

/**
 * otto's end of it. It is open for reading from the beginning, so that nobody who opens the FIFO for writing waits. One with a path
 * is also open for writing until the producer has ended: a script may open and close it as often as it likes.
 */
export class Inlet {
  readonly #path: string;
  readonly #kind: InletKind;
  readonly #watch: Watch;
  readonly #reader: number;
  #writer: number | null;
  #isOpen = true;

  constructor(
    system: StreamSystem,
    { path, kind }: { readonly path: string; readonly kind: InletKind },
    onReadable: () => void,
  ) {
    this.#path = path;
    this.#kind = kind;
    this.#reader = openFifo(path, 'read') as number;
    this.#writer = attempt('open', path, () => openSync(path, constants.O_WRONLY));
    system.widen(this.#reader);
    this.#watch = system.watch(this.#reader, false, onReadable);
    if (kind === 'stdout') rmSync(path);
    this.#watch.resume();
  }

  /** What becomes the producer's stdout; `handedOver` closes it here. */
  get writer(): number | null {
    return this.#writer;
  }

  get reader(): number {
    return this.#reader;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  handedOver(): void {
    if (this.#kind === 'stdout') this.#closeWriter();
  }

  /** The producer has ended: when nobody else has it open for writing, `read` gives 0 from now on. */
  noMoreWriters(): void {
    this.#closeWriter();
  }

  read(into: Uint8Array): number | null {
    return this.#isOpen ? readNow(this.#reader, into) : null;
  }

  pause(): void {
    this.#watch.pause();
  }

  resume(): void {
    if (this.#isOpen) this.#watch.resume();
  }

  /** Who still writes gets EPIPE; who opens the path finds nobody waiting and nothing kept. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#watch.close();
    this.#closeWriter();
    closeSync(this.#reader);
    if (this.#kind === 'path') retireFifo(this.#path, 'read');
  }

  #closeWriter(): void {
    if (this.#writer !== null) closeSync(this.#writer);
    this.#writer = null;
  }
}
