/** How long a process may take. When that is over its end is begun, and awaited by whoever asks. */
export class TimeLimit {
  readonly #timer: NodeJS.Timeout;
  #ending: Promise<unknown> | null = null;

  /** `ms` is at most what Node's timers hold, 24 days. */
  constructor(ms: number, end: () => Promise<unknown>) {
    this.#timer = setTimeout(() => {
      this.#ending = end();
    }, ms);
  }

  /** It was over before the process had ended. */
  get passed(): boolean {
    return this.#ending !== null;
  }

  /** The process has ended: what comes now takes no time of it. */
  lift(): void {
    clearTimeout(this.#timer);
  }

  /** Resolves when everything that was to be ended has ended. */
  async settled(): Promise<void> {
    await this.#ending;
  }
}
