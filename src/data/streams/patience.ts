import type { Outlet } from './outlet.ts';

/** Consumers that have taken nothing for so long are not waited for: longer for those that have not opened their end yet. */
const STALL_MS = 100;
const START_MS = 300;

/** Lets a producer wait for consumers that are behind, as long as they take something now and then. */
export class Patience {
  readonly #onOver: () => void;
  #timer: NodeJS.Timeout | null = null;

  /** `onOver` is called when some of them may have to be waited for no longer. */
  constructor(onOver: () => void) {
    this.#onOver = onOver;
  }

  /** False: none of them is worth waiting for. */
  waitsFor(behind: readonly Outlet[]): boolean {
    const waiting = behind.filter(({ isWorthWaiting }) => isWorthWaiting);
    if (waiting.length > 0 && this.#timer === null) this.#wait(waiting);
    return waiting.length > 0;
  }

  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #wait(waiting: readonly Outlet[]): void {
    const positions = waiting.map(({ position }) => position);
    const ms = waiting.every(({ isOpen }) => isOpen) ? STALL_MS : START_MS;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      for (const [at, outlet] of waiting.entries())
        if (outlet.position === positions[at]) outlet.isStalled = true;
      this.#onOver();
    }, ms);
  }
}
