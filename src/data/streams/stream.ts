import { join } from 'node:path';
import { type Failure, FailureError } from '../../base/failure.ts';
import type { TaskName } from '../../base/task-name.ts';
import type { RunningHash } from '../checksum.ts';
import { Backlog } from './backlog.ts';
import { Inlet, type InletKind } from './inlet.ts';
import type { KeptHead } from './kept-head.ts';
import { LastCall } from './last-call.ts';
import { Outlet } from './outlet.ts';
import type { RelayEnd, RelayInProgress, StreamSystem } from './system.ts';

/** What is known of a stream when it is over. */
export interface StreamRecord {
  readonly bytes: number;
  readonly xxh128: string;
  /** So many bytes from its beginning are in history. */
  readonly keptBytes: number;
}

export interface StreamOptions {
  readonly system: StreamSystem;
  /** A directory of the run's, where FIFOs and what has no room in memory lie. */
  readonly directory: string;
  /** What the names of its files there begin with; no other stream's do. */
  readonly name: string;
  readonly hash: RunningHash;
  readonly head: KeptHead;
  /** Much of it has gone to disk because a consumer that could run has not started. Called once. */
  readonly onStarving: () => void;
}

/** Consumers that have taken nothing for so long are not waited for: longer for those that have not opened their end yet. */
const STALL_MS = 100;
const START_MS = 300;
/** More than this does not go to disk for want of a free place for the consumer. */
const STARVING_BYTES = 64 * 1024 * 1024;

/** A thread for less is not worth its while. */
const RELAYED_BYTES = 1024 * 1024;

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
  readonly #outlets = new Map<TaskName, Outlet>();
  #inlet: Inlet | null = null;
  #lastCall: LastCall | null = null;
  #stallTimer: NodeJS.Timeout | null = null;
  #hasStarved = false;
  #relay: RelayInProgress | null = null;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.backlog = new Backlog(join(options.directory, `${options.name}.spill`));
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
    this.#takeBack();
    const { system, directory, name } = this.#options;
    const path = join(directory, `${name}.${this.#outlets.size}.out`);
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
    this.#outlets.set(consumer, outlet);
    return outlet;
  }

  outletOf(consumer: TaskName): Outlet | undefined {
    return this.#outlets.get(consumer);
  }

  /** The consumer has ended, or never starts. */
  leave(consumer: TaskName): void {
    const outlet = this.#outlets.get(consumer);
    if (outlet === undefined) return;
    this.#takeBack();
    outlet.leave();
    this.#guarded(() => this.#progressed());
  }

  /** The producer's process has ended. Resolves when all that it had written has been taken in. */
  async drain(): Promise<void> {
    const inlet = this.#inlet;
    if (inlet === null) return;
    this.#takeBack();
    inlet.noMoreWriters();
    if (!inlet.isOpen) return;
    this.#lastCall = new LastCall();
    this.#listen();
    await this.#lastCall.over;
    this.#closeInlet();
  }

  /** The producer's task has ended, and what it leaves is known. */
  complete(): StreamRecord {
    this.#takeBack();
    this.#closeInlet();
    this.isComplete = true;
    const { hash, head } = this.#options;
    head.close();
    this.failure ??= head.failure;
    this.#guarded(() => {
      this.#deliver();
      this.#progressed();
    });
    return { bytes: this.backlog.end, xxh128: hash.digest(), keptBytes: head.bytes };
  }

  /** Nobody gets anything from it any more. */
  get isOver(): boolean {
    return this.isComplete && [...this.#outlets.values()].every(({ isOver }) => isOver);
  }

  /** Lets go of everything. */
  close(): void {
    this.#takeBack();
    if (this.#stallTimer !== null) clearTimeout(this.#stallTimer);
    for (const outlet of this.#outlets.values()) outlet.leave();
    this.#closeInlet();
    this.#options.head.close();
    this.backlog.close();
  }

  /** While a relay is at it, nobody else touches the inlet. */
  #listen(): void {
    if (this.#relay === null) this.#inlet?.resume();
  }

  #takeIn(): void {
    const inlet = this.#inlet;
    if (inlet === null || !inlet.isOpen || this.#relay !== null) return;
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
    this.#deliver();
    this.#progressed();
    this.#relayFurther();
  }

  /**
   * Where there is one consumer, and it has got all that came before, what comes next goes straight from pipe to pipe, on a thread of
   * its own. History has its part by then; the relay hashes the rest.
   */
  #relayFurther(): void {
    const { system, head, hash } = this.#options;
    const inlet = this.#inlet;
    const outlet = this.#onlyOutlet();
    const descriptor = outlet?.descriptorAtEnd ?? null;
    if (!system.relay || !inlet?.isOpen || descriptor === null || this.#lastCall !== null) return;
    if (!head.isFull || this.backlog.end < RELAYED_BYTES || outlet?.needed !== this.backlog.end) return;
    const pipes = { from: inlet.reader, to: descriptor, stallMs: STALL_MS };
    this.#relay = system.relay(pipes, hash, () => this.#guarded(() => this.#relayEnded()));
    if (this.#relay !== null) inlet.pause();
  }

  /** Takes the pipes back from the relay; everything but the relay itself begins with that. */
  #takeBack(): RelayEnd | null {
    const relay = this.#relay;
    if (relay === null) return null;
    this.#relay = null;
    const { bytes, reason } = relay.stop();
    this.backlog.take(bytes);
    this.backlog.trim(this.backlog.end);
    this.#onlyOutlet()?.advance(bytes);
    return reason;
  }

  #relayEnded(): void {
    const reason = this.#takeBack();
    const outlet = this.#onlyOutlet();
    if (reason === 'ended') this.#closeInlet();
    if (reason === 'closed') outlet?.readerHasLeft();
    if (reason === 'stalled' && outlet !== undefined) outlet.isStalled = true;
    this.#progressed();
  }

  #onlyOutlet(): Outlet | undefined {
    const [only, ...others] = this.#outlets.values();
    return others.length === 0 ? only : undefined;
  }

  #closeInlet(): void {
    this.#inlet?.close();
    this.#lastCall?.end();
  }

  #deliver(): void {
    for (const outlet of this.#outlets.values()) outlet.deliver();
  }

  /** Somebody has taken something, or will take nothing more. */
  #progressed(): void {
    const { backlog } = this;
    const outlets = [...this.#outlets.values()];
    backlog.trim(outlets.reduce((least, { needed }) => Math.min(least, needed), backlog.end));
    if (outlets.length > 0 && outlets.every(({ isOver }) => isOver)) this.#abandon();
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

  /** False: the consumers that are behind take something now and then; they are waited for, unless the producer has ended. */
  #makeRoom(): boolean {
    const behind = [...this.#outlets.values()].filter(({ needed }) => this.backlog.isHeldAt(needed));
    if (this.#lastCall === null && behind.some(({ isWorthWaiting }) => isWorthWaiting)) {
      this.#waitForProgress(behind);
      return false;
    }
    this.backlog.spill();
    const isStarving = behind.some((outlet) => outlet.isStarving);
    if (isStarving && !this.#hasStarved && this.backlog.spilledBytes > STARVING_BYTES) {
      this.#hasStarved = true;
      this.#options.onStarving();
    }
    return true;
  }

  #waitForProgress(behind: readonly Outlet[]): void {
    if (this.#stallTimer !== null) return;
    const waiting = behind.filter(({ isWorthWaiting }) => isWorthWaiting);
    const positions = waiting.map(({ position }) => position);
    const ms = waiting.every(({ isOpen }) => isOpen) ? STALL_MS : START_MS;
    this.#stallTimer = setTimeout(() => {
      this.#stallTimer = null;
      for (const [at, outlet] of waiting.entries())
        if (outlet.position === positions[at]) outlet.isStalled = true;
      this.#listen();
    }, ms);
  }

  /** Called from callbacks: what fails must not end otto, but this stream. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      this.failure ??= error.failure;
      this.#closeInlet();
      for (const outlet of this.#outlets.values()) outlet.leave();
    }
  }
}
