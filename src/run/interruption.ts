import { nowMs } from '../base/clock.ts';
import { Hurry } from './hurry.ts';

/** Where signals come from: `process`, or an emitter in tests. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
}

/** SIGHUP: the terminal was closed. It is a request to end, like SIGTERM. */
export type InterruptSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

const SIGNALS: readonly InterruptSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

export interface KeyboardLoan {
  /** The program that had the keyboard has ended. When it died of Ctrl-C that was meant for the run, too. */
  takeBack(diedOfIt: boolean): void;
}

/** The end of a program can be known a little before the signal that it died of. */
const LATE_MS = 100;

const lookAway = (): void => undefined;

/** The signals that have asked this run to end. From its making until `stop` they do not end otto by themselves. */
export class Interruption {
  /** The first one. */
  signal: InterruptSignal | null = null;
  count = 0;
  /** Begins with the second signal: its sender does not want to wait any longer. */
  readonly hurry = new Hurry();
  readonly #source: SignalSource;
  readonly #listeners: (readonly [NodeJS.Signals, () => void])[] = [];
  /** Until then Ctrl-C was not meant for otto. */
  #lentUntilMs = 0;
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

  /**
   * From now on Ctrl-C on a terminal is for the program that has it: otto gets the signal too, and looks away. Without a terminal
   * a signal was sent to otto alone, and means it.
   */
  lendKeyboard(isTerminal: boolean): KeyboardLoan {
    if (isTerminal) {
      this.#lentUntilMs = Number.POSITIVE_INFINITY;
      this.#source.on('SIGQUIT', lookAway);
    }
    return { takeBack: (diedOfIt) => this.#takeBack(diedOfIt) };
  }

  #takeBack(diedOfIt: boolean): void {
    if (this.#lentUntilMs === 0) return;
    this.#lentUntilMs = 0;
    this.#source.off('SIGQUIT', lookAway);
    if (diedOfIt) this.#receive('SIGINT');
    this.#lentUntilMs = nowMs() + LATE_MS;
  }

  stop(): void {
    for (const [name, listener] of this.#listeners) this.#source.off(name, listener);
  }

  #receive(signal: InterruptSignal): void {
    if (signal === 'SIGINT' && nowMs() < this.#lentUntilMs) return;
    this.signal ??= signal;
    this.count++;
    if (this.count > 1) this.hurry.begin();
    this.#act(signal);
  }
}
