import type { TaskName } from '../../base/task-name.ts';
import type { Outlet } from './outlet.ts';

/** Where the consumers of one stream get it. */
export class Outlets {
  readonly #byConsumer = new Map<TaskName, Outlet>();

  get all(): readonly Outlet[] {
    return [...this.#byConsumer.values()];
  }

  /** Undefined where there are several. */
  get only(): Outlet | undefined {
    return this.#byConsumer.size === 1 ? this.all[0] : undefined;
  }

  /** Nobody gets anything more; true also where there are none. */
  get areOver(): boolean {
    return this.all.every(({ isOver }) => isOver);
  }

  add(consumer: TaskName, outlet: Outlet): void {
    this.#byConsumer.set(consumer, outlet);
  }

  of(consumer: TaskName): Outlet | undefined {
    return this.#byConsumer.get(consumer);
  }

  /** Up to where nobody needs a stream of so many bytes any more. */
  neededOf(end: number): number {
    return this.all.reduce((least, { needed }) => Math.min(least, needed), end);
  }

  deliver(): void {
    for (const outlet of this.all) outlet.deliver();
  }

  leave(): void {
    for (const outlet of this.all) outlet.leave();
  }
}
