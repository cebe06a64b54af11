/** Whether somebody does not want to wait any longer. Node's AbortSignal does the same, but half a millisecond is needed to load it. */
export class Hurry {
  readonly #listeners = new Set<() => void>();
  #begun = false;

  get begun(): boolean {
    return this.#begun;
  }

  begin(): void {
    this.#begun = true;
    for (const listener of this.#listeners) listener();
  }

  /** Calls back when it begins, and at once when it has begun. */
  whenBegun(listener: () => void): void {
    if (this.#begun) listener();
    else this.#listeners.add(listener);
  }

  /** That listener need not be called any more. */
  forget(listener: () => void): void {
    this.#listeners.delete(listener);
  }
}
