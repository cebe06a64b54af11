import { Hurry } from './hurry.ts';

/** Where signals come from: `process`, or an emitter in tests. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
}

/** SIGHUP: the terminal was closed. It is a request to end, like SIGTERM. */
export type InterruptSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

const SIGNALS: readonly InterruptSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** The signals that have asked this run to end. From its making until `stop` they do not end otto by themselves. */
export class Interruption {
  /** The first one. */
  signal: InterruptSignal | null = null;
  count = 0;
  /** Begins with the second signal: its sender does not want to wait any longer. */
  readonly hurry = new Hurry();
  readonly #source: SignalSource;
  readonly #listeners: (readonly [NodeJS.Signals, () => void])[] = [];
  #act: (signal: InterruptSignal) => void = () => undefined;

  constructor(source: SignalSource) {
    this.#source = source;
    for (const name of SIGNALS) {
      const listener = (): void => this.#receive(name);
      source.on(name, listener);
      this.#listeners.push([name, listener]);
    }
  }

  /** Calls back for every signal from now on, and at once when there has been one already. */
  whenInterrupted(act: (signal: InterruptSignal) => void): void {
    this.#act = act;
    if (this.signal !== null) act(this.signal);
  }

  stop(): void {
    for (const [name, listener] of this.#listeners) this.#source.off(name, listener);
  }

  #receive(signal: InterruptSignal): void {
    this.signal ??= signal;
    this.count++;
    if (this.count > 1) this.hurry.begin();
    this.#act(signal);
  }
}
