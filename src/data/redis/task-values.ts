import type { TaskName } from '../../base/task-name.ts';
import type { SentValues } from '../stores/sent-values.ts';

/** What a run knows of one of its tasks. */
export class TaskValues {
  readonly task: TaskName;
  /** What Redis holds, as far as otto has put or seen it: it is compared with that, and tells the types. */
  readonly sent: SentValues;
  /** The task has ended, or is not to run: nobody sets its values any more. */
  isOver = false;
  /** Keys whose values are those of an earlier run. */
  readonly restored = new Set<string>();
  /** Keys that hands may have changed since otto put their values or saw them. */
  readonly touched = new Set<string>();
  /** Every key that it may have in Redis. */
  readonly keys = new Set<string>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(task: TaskName, sent: SentValues) {
    this.task = task;
    this.sent = sent;
  }

  touch(key: string): void {
    this.touched.add(key);
    this.keys.add(key);
  }

  touchAll(): void {
    for (const key of this.sent.entries.keys()) this.touched.add(key);
  }

  /** Those that only hands have set. */
  added(): readonly string[] {
    const added = [...this.touched].filter((key) => !this.sent.entries.has(key));
    return added
      .map((key) => Buffer.from(key))
      .toSorted(Buffer.compare)
      .map(String);
  }

  /** One after the other: what is compared must not be put meanwhile. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
