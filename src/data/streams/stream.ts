import { join } from 'node:path';
import { type Failure, FailureError } from '../../base/failure.ts';
import type { TaskName } from '../../base/task-name.ts';
import { Backlog } from './backlog.ts';
import { Inlet, type InletKind } from './inlet.ts';
import { LastCall } from './last-call.ts';
import { Outlet } from './outlet.ts';
import { Outlets } from './outlets.ts';
import { Patience } from './patience.ts';
import { Relaying } from './relaying.ts';
import type { StreamOptions, StreamRecord } from './stream-options.ts';

/** More than this does not go to disk for want of a free place for the consumer. */
const STARVING_BYTES = 64 * 1024 * 1024;

/**
 * One stream from a producer to any number of consumers, each of which gets all bytes at its own pace.
 *
 * - What comes in waits in memory for the slowest consumer. When memory is full the producer waits, but only while the consumers
 *   that are behind take something now and then: for those that do not (they read something else first, or have not started), the
 *   oldest bytes go to a file. So no shape of graph can stand still.
 * - When all consumers have closed their ends or ended, the producer gets EPIPE as in a shell's pipe, once the head for history is
 *   full. Without any consumer everything is taken.
 * - Consumers get end-of-file when the producer's task has ended (`complete`) and they have got everything.
 */
export class Stream {
  readonly backlog: Backlog;
  /** Nothing more comes. */
  isComplete = false;
  /** The producer was told that nobody reads any more. */
  isAbandoned = false;
  /** What otto could not do for it. Its consumers do not get all of it then. */
  failure: Failure | null = null;
  readonly #options: StreamOptions;
  readonly #outlets = new Outlets();
  readonly #patience = new Patience(() => this.#listen());
  readonly #relaying: Relaying;
  #inlet: Inlet | null = null;
  #lastCall: LastCall | null = null;
  #hasStarved = false;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.backlog = new Backlog(join(options.directory, `${options.name}.spill`));
    const { system, hash } = options;
    this.#relaying = new Relaying({ system, hash, backlog: this.backlog }, () =>
      this.#guarded(() => this.#relayEnded()),
    );
  }

  /** Opens it to its producer, which is about to start. Returns the path that it may write to, or the descriptor of its stdout. */
  async openInlet(kind: InletKind): Promise<Inlet & { readonly path: string }> {
    const { system, directory, name } = this.#options;
    const path = join(directory, `${name}.in`);
    await system.makeFifo(path);
    this.#inlet = new Inlet(system, { path, kind }, () => this.#guarded(() => this.#takeIn()));
    return Object.assign(this.#inlet, { path });
  }

  addOutlet(consumer: TaskName, how: { readonly mayRestart: boolean; readonly isLive: boolean }): Outlet {
    this.#relaying.takeBack();
    const { system, directory, name } = this.#options;
    const path = join(directory, `${name}.${this.#outlets.all.length}.out`);
    const source = this;
    const outlet = new Outlet(
      {
        backlog: this.backlog,
        get isComplete() {
          return source.isComplete;
        },
        act: (work) =>
          this.#guarded(() => {
            work();
            this.#progressed();
          }),
      },
      { system, path, ...how },
    );
    this.#outlets.add(consumer, outlet);
    return outlet;
  }

  outletOf(consumer: TaskName): Outlet | undefined {
    return this.#outlets.of(consumer);
  }

  /** The consumer has ended, or never starts. */
  leave(consumer: TaskName): void {
    const outlet = this.#outlets.of(consumer);
    if (outlet === undefined) return;
    this.#relaying.takeBack();
    outlet.leave();
    this.#guarded(() => this.#progressed());
  }

  /** The producer's process has ended. Resolves when all that it had written has been taken in. */
  async drain(): Promise<void> {
    const inlet = this.#inlet;
    if (inlet === null) return;
    this.#relaying.takeBack();
    inlet.noMoreWriters();
    if (!inlet.isOpen) return;
    this.#lastCall = new LastCall();
    this.#listen();
    await this.#lastCall.over;
    this.#closeInlet();
    this.failure ??= this.#options.head.failure;
  }

  /** The producer's task has ended, and what it leaves is known. */
  complete(): StreamRecord {
    this.#relaying.takeBack();
    this.#closeInlet();
    this.isComplete = true;
    const { hash, head } = this.#options;
    head.close();
    this.failure ??= head.failure;
    this.#guarded(() => {
      this.#outlets.deliver();
      this.#progressed();
    });
    return { bytes: this.backlog.end, xxh128: hash.digest(), keptBytes: head.bytes };
  }

  /** Nobody gets anything from it any more. */
  get isOver(): boolean {
    return this.isComplete && this.#outlets.areOver;
  }

  /** Lets go of everything. */
  close(): void {
    this.#relaying.takeBack();
    this.#patience.end();
    this.#outlets.leave();
    this.#closeInlet();
    this.#options.head.close();
    this.backlog.close();
  }

  /** While a relay is at it, nobody else touches the inlet. */
  #listen(): void {
    if (!this.#relaying.isOn) this.#inlet?.resume();
  }

  #takeIn(): void {
    const inlet = this.#inlet;
    if (inlet === null || !inlet.isOpen || this.#relaying.isOn) return;
    if (this.backlog.isFull && !this.#makeRoom()) {
      inlet.pause();
      return;
    }
    const room = this.backlog.room();
    const bytes = inlet.read(room);
    if (bytes === null) return;
    if (bytes === 0) {
      this.#closeInlet();
      return;
    }
    this.#lastCall?.heard();
    const piece = room.subarray(0, bytes);
    this.backlog.take(bytes);
    this.#options.hash.update(piece);
    this.#options.head.write(piece);
    this.#outlets.deliver();
    this.#progressed();
    this.#relayFurther();
  }

  /**
   * Where there is one consumer, and it has got all that came before, what comes next goes straight from pipe to pipe, on a thread of
   * its own. History has its part by then; the relay hashes the rest.
   */
  #relayFurther(): void {
    const inlet = this.#inlet;
    const { only } = this.#outlets;
    if (!inlet?.isOpen || only === undefined || this.#lastCall !== null || !this.#options.head.isFull) return;
    if (this.#relaying.start(inlet.reader, only)) inlet.pause();
  }

  #relayEnded(): void {
    const reason = this.#relaying.takeBack();
    const { only } = this.#outlets;
    if (reason === 'ended') this.#closeInlet();
    if (reason === 'closed') only?.readerHasLeft();
    if (reason === 'stalled' && only !== undefined) only.isStalled = true;
    this.#progressed();
  }

  #closeInlet(): void {
    this.#inlet?.close();
    this.#lastCall?.end();
  }

  /** Somebody has taken something, or will take nothing more. */
  #progressed(): void {
    const { backlog } = this;
    backlog.trim(this.#outlets.neededOf(backlog.end));
    if (this.#outlets.all.length > 0 && this.#outlets.areOver) this.#abandon();
    else if (!backlog.isFull) this.#listen();
  }

  /** As a shell's pipe does it, but for the beginning that history keeps. */
  #abandon(): void {
    if (!this.#inlet?.isOpen) return;
    if (this.#options.head.isFull) {
      this.isAbandoned = true;
      this.#closeInlet();
    } else this.#listen();
  }

  /** False: somebody is waited for. */
  #makeRoom(): boolean {
    const behind = this.#outlets.all.filter(({ needed }) => this.backlog.isHeldAt(needed));
    if (this.#lastCall === null && this.#patience.waitsFor(behind)) return false;
    this.backlog.spill();
    const isStarving = behind.some((outlet) => outlet.isStarving);
    if (isStarving && !this.#hasStarved && this.backlog.spilledBytes > STARVING_BYTES) {
      this.#hasStarved = true;
      this.#options.onStarving();
    }
    return true;
  }

  /** Called from callbacks: what fails must not end otto, but this stream. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      this.failure ??= error.failure;
      this.#closeInlet();
      this.#outlets.leave();
    }
  }
}
