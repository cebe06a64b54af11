/** Nothing for so long after the producer's end: what still holds the stream open is a background process that writes nothing. */
const QUIET_MS = 250;
/** One that never falls silent does not keep its task longer than this. */
const LONGEST_MS = 10_000;

/** Waits for what a producer that has ended has left behind, and what its background processes are still writing. */
export class LastCall {
  readonly over: Promise<void>;
  #resolve: () => void = () => undefined;
  readonly #quiet: NodeJS.Timeout;
  readonly #longest: NodeJS.Timeout;

  constructor() {
    this.over = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#quiet = setTimeout(() => this.end(), QUIET_MS);
    this.#longest = setTimeout(() => this.end(), LONGEST_MS);
  }

  heard(): void {
    this.#quiet.refresh();
  }

  end(): void {
    clearTimeout(this.#quiet);
    clearTimeout(this.#longest);
    this.#resolve();
  }
}
