/**
 * Counts the bytes that wait for being written to history, and holds back whoever asks while there are more than allowed.
 */
export class FlushBudget {
  #waiting = 0;
  #held: (() => void)[] = [];
  readonly #limit: number;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  add(bytes: number): void {
    this.#waiting += bytes;
  }

  /** The bytes were written, or never will be. */
  done(bytes: number): void {
    this.#waiting -= bytes;
    if (this.#waiting > this.#limit) return;
    const held = this.#held;
    this.#held = [];
    for (const release of held) release();
  }

  /** Resolves as soon as no more than the allowed number of bytes waits. */
  async room(): Promise<void> {
    if (this.#waiting <= this.#limit) return;
    await new Promise<void>((resolve) => this.#held.push(resolve));
  }
}
