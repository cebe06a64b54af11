/**
 * Work that nobody waits for, one piece after the other, so that it leaves the processors and the thread pool to the tasks.
 * A piece that fails does not keep the others from running.
 */
export class SerialQueue {
  #last: Promise<void> = Promise.resolve();
  #failures: unknown[] = [];
  #stopped = false;

  /** `always` runs when `work` has ended, failed or was skipped. */
  add(work: () => Promise<void>, always: () => void = () => {}): void {
    this.#last = this.#last.then(async () => {
      try {
        if (!this.#stopped) await work();
      } catch (error) {
        this.#failures.push(error);
      } finally {
        always();
      }
    });
  }

  /** Resolves when everything has run, also what was added meanwhile; rejects with the first failure. */
  async drain(): Promise<void> {
    await this.idle();
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  /** Resolves when nothing is running or waiting. */
  async idle(): Promise<void> {
    let seen: Promise<void>;
    do {
      seen = this.#last;
      await seen;
    } while (seen !== this.#last);
  }

  /** What has not begun will not run. */
  stop(): void {
    this.#stopped = true;
  }
}
