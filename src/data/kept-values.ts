import type { TaskName } from '../base/task-name.ts';
import type { KeptValue } from './value.ts';

/** What history knows of values, for those who have to wait for the hashes. */
export class KeptValues {
  readonly #known = new Map<TaskName, readonly KeptValue[] | null>();
  readonly #waiting = new Map<TaskName, ((values: readonly KeptValue[] | null) => void)[]>();

  /** Null: they could not be kept. What is told first counts. */
  tell(task: TaskName, values: readonly KeptValue[] | null): void {
    if (this.#known.has(task)) return;
    this.#known.set(task, values);
    for (const resolve of this.#waiting.get(task) ?? []) resolve(values);
    this.#waiting.delete(task);
  }

  of(task: TaskName): Promise<readonly KeptValue[] | null> {
    const known = this.#known.get(task);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve) => {
      this.#waiting.set(task, [...(this.#waiting.get(task) ?? []), resolve]);
    });
  }
}
