import type { PlannedTask } from '../graph/plan.ts';
import type { FailureReason } from './events.ts';

/** Why otto ends a task before its time. */
export type Cut = Extract<FailureReason, { kind: 'interrupted' | 'stopped' | 'timeout' }>;

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

  /** Resolves after that time, or as soon as the task must not go on. */
  wait(task: PlannedTask, ms: number): Promise<void> {
    if (this.of(task) !== null) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve();
      };
      const look = (): void => {
        if (this.of(task) !== null) done();
      };
      const timer = setTimeout(done, ms);
      this.#waiting.add(look);
    });
  }

  #wake(): void {
    for (const look of [...this.#waiting]) look();
  }
}
