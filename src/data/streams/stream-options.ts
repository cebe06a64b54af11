import type { RunningHash } from '../checksum.ts';
import type { KeptHead } from './kept-head.ts';
import type { StreamSystem } from './system.ts';

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
