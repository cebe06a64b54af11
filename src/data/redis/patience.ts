/** How long a server may be silent that has been asked for something. */
export interface PatienceLimits {
  /** Without a byte in either direction. A busy machine does not take that long, one that reads from a slow disk does not either. */
  readonly silenceMs: number;
  /** The same when the run is to end. */
  readonly hurriedMs: number;
}

const LIMITS: PatienceLimits = { silenceMs: 30_000, hurriedMs: 5_000 };

/** A connection that can be asked for a sign of life. */
export interface Hurried {
  /** It is given up when nothing comes in that time. */
  answerWithin(ms: number): void;
}

/** How long the connections of a run wait for their server. */
export class Patience {
  readonly #limits: PatienceLimits;
  readonly #connections = new Set<Hurried>();
  #isHurried = false;

  constructor(limits: PatienceLimits = LIMITS) {
    this.#limits = limits;
  }

  get silenceMs(): number {
    const { silenceMs, hurriedMs } = this.#limits;
    return this.#isHurried ? Math.min(hurriedMs, silenceMs) : silenceMs;
  }

  /** From now on there is less of it. */
  hurry(): void {
    if (this.#isHurried) return;
    this.#isHurried = true;
    for (const connection of this.#connections) connection.answerWithin(this.silenceMs);
  }

  add(connection: Hurried): void {
    this.#connections.add(connection);
  }

  remove(connection: Hurried): void {
    this.#connections.delete(connection);
  }
}
