import type { RunningHash } from '../checksum.ts';
import type { Backlog } from './backlog.ts';
import type { Outlet } from './outlet.ts';
import type { RelayEnd, RelayInProgress, StreamSystem } from './system.ts';

/** A thread for less is not worth its while. */
const RELAYED_BYTES = 1024 * 1024;
/** A consumer that takes nothing for so long gets what comes by way of the backlog. */
const STALL_MS = 100;

interface Relayed {
  readonly system: StreamSystem;
  readonly hash: RunningHash;
  readonly backlog: Backlog;
}

/** Hands a stream from pipe to pipe, past the backlog; everything but the relay itself begins with `takeBack`. */
export class Relaying {
  readonly #stream: Relayed;
  readonly #onEnd: () => void;
  #current: { readonly relay: RelayInProgress; readonly outlet: Outlet } | null = null;

  constructor(stream: Relayed, onEnd: () => void) {
    this.#stream = stream;
    this.#onEnd = onEnd;
  }

  get isOn(): boolean {
    return this.#current !== null;
  }

  /** False: the consumer has not got all that came before, or the system cannot do it. */
  start(from: number, outlet: Outlet): boolean {
    const { system, hash, backlog } = this.#stream;
    const to = outlet.descriptorAtEnd;
    if (!system.relay || to === null || this.isOn) return false;
    if (backlog.end < RELAYED_BYTES || outlet.needed !== backlog.end) return false;
    const relay = system.relay({ from, to, stallMs: STALL_MS }, hash, this.#onEnd);
    if (relay !== null) this.#current = { relay, outlet };
    return relay !== null;
  }

  /** Null: there was none. */
  takeBack(): RelayEnd | null {
    const current = this.#current;
    if (current === null) return null;
    this.#current = null;
    const { bytes, reason } = current.relay.stop();
    this.#stream.backlog.take(bytes);
    this.#stream.backlog.trim(this.#stream.backlog.end);
    current.outlet.advance(bytes);
    return reason;
  }
}
