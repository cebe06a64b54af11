import { spawn } from 'node:child_process';
import { readSync, writeSync } from 'node:fs';
import { FailureError } from '../../base/failure.ts';
import type { RunningHash } from '../checksum.ts';
import type { Native, NativeStreams } from '../native.ts';
import { isNativeError } from '../native-failure.ts';

/** Watches a pipe; begins paused. */
export interface Watch {
  pause(): void;
  resume(): void;
  /** To be called before the descriptor is closed. */
  close(): void;
}

/** Why a relay has ended. */
export type RelayEnd = 'ended' | 'closed' | 'stalled' | 'stopped' | 'failed';

/** Until it is stopped nobody else touches its pipes and its hash. It is to be stopped also when it has ended by itself. */
export interface RelayInProgress {
  stop(): { readonly bytes: number; readonly reason: RelayEnd };
}

/** What streams need of the system: pipes that never make otto wait. */
export interface StreamSystem {
  makeFifo(path: string): Promise<void>;
  /** Lets a pipe hold more, where that can be done. */
  widen(descriptor: number): void;
  watch(descriptor: number, forWriting: boolean, onReady: () => void): Watch;
  /** Hands on what comes in at one pipe to another one on a thread of its own, and hashes it; null where that cannot be done. */
  readonly relay:
    | ((
        pipes: { readonly from: number; readonly to: number; readonly stallMs: number },
        hash: RunningHash,
        onEnd: () => void,
      ) => RelayInProgress | null)
    | null;
}

/** By the addon, or without it by asking again and again. */
export const streamSystem = (native: Native | null): StreamSystem =>
  native === null ? PLAIN_SYSTEM : nativeSystem(native.streams);

const nativeSystem = ({ Relay, ...streams }: NativeStreams): StreamSystem => ({
  makeFifo: async (path) => {
    try {
      streams.makeFifo(path);
    } catch (error) {
      throw isNativeError(error) ? notMade(path, error.errno ?? error.code) : error;
    }
  },
  widen: (descriptor) => streams.widen(descriptor),
  relay: Relay
    ? (pipes, hash, onEnd) => {
        try {
          return new Relay(pipes, hash, onEnd);
        } catch {
          // No thread or no descriptor is left.
          return null;
        }
      }
    : null,
  watch: (descriptor, forWriting, onReady) => new streams.Watch(descriptor, forWriting, onReady),
});

const PLAIN_SYSTEM: StreamSystem = {
  makeFifo: (path) =>
    new Promise((resolve, reject) => {
      const child = spawn('mkfifo', ['-m', '600', path], { stdio: 'ignore' });
      child.once('error', (error: NodeJS.ErrnoException) =>
        reject(notMade(path, error.code ?? error.message)),
      );
      child.once('exit', (code) => (code === 0 ? resolve() : reject(notMade(path, 'mkfifo failed'))));
    }),
  widen: () => undefined,
  relay: null,
  watch: (_descriptor, _forWriting, onReady) => new PatientWatch(onReady),
};

const notMade = (path: string, code: string): FailureError =>
  new FailureError({ kind: 'io', action: 'create', path, code });

const SHORTEST_MS = 1;
const LONGEST_MS = 16;

/** Node has no way to be told that a pipe is ready, so it looks: the longer nothing was there, the more seldom. */
class PatientWatch implements Watch {
  readonly #onReady: () => void;
  #timer: NodeJS.Timeout | null = null;
  #pauseMs = SHORTEST_MS;

  constructor(onReady: () => void) {
    this.#onReady = onReady;
  }

  resume(): void {
    this.#pauseMs = SHORTEST_MS;
    if (this.#timer === null) this.#wait();
  }

  pause(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  close(): void {
    this.pause();
  }

  #wait(): void {
    this.#timer = setTimeout(() => {
      this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_MS);
      this.#wait();
      this.#onReady();
    }, this.#pauseMs);
  }
}

/** Reads what is there: the number of bytes, 0 at the end (nobody has it open for writing), null when nothing is there now. */
export function readNow(descriptor: number, into: Uint8Array): number | null {
  try {
    return readSync(descriptor, into);
  } catch (error) {
    if (isAgain(error)) return null;
    throw error;
  }
}

/** Writes what the pipe takes: the number of bytes, null when nobody reads it any more. */
export function writeNow(descriptor: number, bytes: Uint8Array): number | null {
  try {
    return writeSync(descriptor, bytes);
  } catch (error) {
    if (isAgain(error)) return 0;
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return null;
    throw error;
  }
}

const isAgain = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EAGAIN';
