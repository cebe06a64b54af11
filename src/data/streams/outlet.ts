import { closeSync, constants, openSync, rmSync, symlinkSync } from 'node:fs';
import { attempt } from '../../base/io-failure.ts';
import type { Backlog } from './backlog.ts';
import { openFifo, retireFifo } from './fifo-path.ts';
import { type StreamSystem, type Watch, writeNow } from './system.ts';

/** The stream that an outlet belongs to. */
export interface OutletSource {
  readonly backlog: Backlog;
  /** Nothing more comes: an outlet that has delivered all ends. */
  readonly isComplete: boolean;
  /** For what happens apart from the stream's own doing: keeps what fails from ending otto, and lets the stream follow. */
  readonly act: (work: () => void) => void;
}

export interface OutletOptions {
  readonly system: StreamSystem;
  /** Where its FIFO is made. */
  readonly path: string;
  /** It may be started anew, and then gets everything again. */
  readonly mayRestart: boolean;
  /** Its consumer may start before the producer has ended. */
  readonly isLive: boolean;
}

const FIRST_LOOK_MS = 1;
const LONGEST_LOOK_MS = 16;

/** Where one consumer gets a stream, at its own pace. A stream is read once: when the consumer has closed it, it is over. */
export class Outlet {
  position = 0;
  /** It has taken nothing for a while although something was there: nobody waits for it. */
  isStalled: boolean;
  readonly #source: OutletSource;
  readonly #options: OutletOptions;
  #state: 'unstarted' | 'unopened' | 'open' | 'over' | 'gone' = 'unstarted';
  #descriptor: number | null = null;
  #watch: Watch | null = null;
  /** There is a FIFO at its path. */
  #hasFifo = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(source: OutletSource, options: OutletOptions) {
    this.#source = source;
    this.#options = options;
    this.isStalled = !options.isLive;
  }

  /** Up to where the stream is not needed for it any more. */
  get needed(): number {
    if (this.#state === 'gone') return Number.POSITIVE_INFINITY;
    if (this.#options.mayRestart) return 0;
    return this.isOver ? Number.POSITIVE_INFINITY : this.position;
  }

  /** Waiting for it keeps something from the disk: not where all of the stream has to lie there, because it may start anew. */
  get isWorthWaiting(): boolean {
    return !this.isStalled && !this.#options.mayRestart;
  }

  /** It gets nothing more. */
  get isOver(): boolean {
    return this.#state === 'gone' || (this.#state === 'over' && !this.#options.mayRestart);
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Its consumer waits for its turn, though it might run beside the producer. */
  get isStarving(): boolean {
    return this.#state === 'unstarted' && this.#options.isLive;
  }

  /** The consumer is about to start, and will open the path. A consumer that starts anew gets the stream from its beginning. */
  async startAtPath(): Promise<string> {
    const { path } = this.#options;
    this.#begin();
    if (this.#source.isComplete && this.#source.backlog.end === 0) {
      symlinkSync('/dev/null', path);
      this.#state = 'over';
      return path;
    }
    await this.#options.system.makeFifo(path);
    this.#state = 'unopened';
    this.#hasFifo = true;
    this.#look(FIRST_LOOK_MS);
    return path;
  }

  /** The same for a consumer that has it as its stdin: the descriptor, which the caller closes. */
  async startAsStdin(): Promise<number> {
    const { system, path } = this.#options;
    this.#begin();
    await system.makeFifo(path);
    const own = openFifo(path, 'read') as number;
    this.#open(openFifo(path, 'write') as number);
    const stdin = attempt('open', path, () => openSync(path, constants.O_RDONLY));
    closeSync(own);
    rmSync(path);
    this.deliver();
    return stdin;
  }

  /** Hands on what there is and the pipe takes. */
  deliver(): void {
    const { backlog, isComplete } = this.#source;
    const isEmpty = isComplete && this.#state === 'unopened' && backlog.end === 0;
    if (isEmpty || this.#deliverTo(this.#descriptor)) this.#end('over');
  }

  /** True when it is over: everything has been delivered and nothing more comes, or nobody reads any more. */
  #deliverTo(descriptor: number | null): boolean {
    if (descriptor === null) return false;
    const { backlog, isComplete } = this.#source;
    while (this.position < backlog.end) {
      const piece = backlog.read(this.position);
      const taken = writeNow(descriptor, piece);
      if (taken === null) return true;
      this.advance(taken);
      if (taken < piece.length) {
        this.#watch?.resume();
        return false;
      }
    }
    this.#watch?.pause();
    return isComplete;
  }

  /** Its pipe, when the very next bytes of the stream are the next ones for it; else null. */
  get descriptorAtEnd(): number | null {
    return this.position === this.#source.backlog.end ? this.#descriptor : null;
  }

  advance(bytes: number): void {
    this.position += bytes;
    if (bytes > 0) this.isStalled = false;
  }

  readerHasLeft(): void {
    this.#end('over');
  }

  /** The consumer has ended, or never starts. */
  leave(): void {
    this.#end('gone');
  }

  #begin(): void {
    this.#end('over');
    this.#state = 'unstarted';
    rmSync(this.#options.path, { force: true });
    this.position = 0;
  }

  #look(afterMs: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = null;
      const descriptor = this.#tryToOpen();
      if (descriptor === null) this.#look(Math.min(2 * afterMs, LONGEST_LOOK_MS));
      else
        this.#source.act(() => {
          if (descriptor === 'gone') this.#end('over');
          else this.#open(descriptor);
          this.deliver();
        });
    }, afterMs);
  }

  /** Null: the consumer has not opened it yet. */
  #tryToOpen(): number | 'gone' | null {
    try {
      return openFifo(this.#options.path, 'write');
    } catch {
      return 'gone';
    }
  }

  #open(descriptor: number): void {
    const { system } = this.#options;
    this.#descriptor = descriptor;
    this.#state = 'open';
    system.widen(descriptor);
    this.#watch = system.watch(descriptor, true, () => {
      this.#watch?.pause();
      this.#source.act(() => this.deliver());
    });
  }

  #end(state: 'over' | 'gone'): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const hasFifo = this.#hasFifo;
    this.#hasFifo = false;
    this.#state = state;
    this.#watch?.close();
    this.#watch = null;
    if (hasFifo) retireFifo(this.#options.path, 'write');
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }
}
