import type { PlannedTask } from '../graph/plan.ts';
import type { FailureReason } from './events.ts';

/** Why otto ends a task before its time. */
export type Cut = Extract<FailureReason, { kind: 'interrupted' | 'stopped' | 'timeout' }>;

/** A time of waiting. */
export interface Wait {
  /** Resolves when it is over. */
  readonly over: Promise<void>;
  /** Nobody waits any more. */
  readonly forget: () => void;
}

/** Which tasks of a run must not go on, and why. */
export class Cuts {
  #interrupted = false;
  #stopped = false;
  readonly #waiting = new Set<() => void>();

  /** The run is to end: no task goes on. */
  interrupt(): void {
    this.#interrupted = true;
    this.#wake();
  }

  /** A task has failed and the others are not to be waited for: only those with `always` go on. */
  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  of({ definition }: PlannedTask): Cut | null {
    if (this.#interrupted) return { kind: 'interrupted' };
    return this.#stopped && !definition.always ? { kind: 'stopped' } : null;
  }

  /** Over after that time, if there is one, or as soon as the task must not go on. */
  wait(task: PlannedTask, ms: number | null): Wait {
    let done: () => void = () => undefined;
    const over = new Promise<void>((resolve) => {
      done = resolve;
    });
    const look = (): void => {
      if (this.of(task) !== null) done();
    };
    const timer = ms === null ? null : setTimeout(done, ms);
    this.#waiting.add(look);
    look();
    const forget = (): void => {
      if (timer !== null) clearTimeout(timer);
      this.#waiting.delete(look);
    };
    return { over: over.finally(forget), forget };
  }

  #wake(): void {
    for (const look of [...this.#waiting]) look();
  }
}
