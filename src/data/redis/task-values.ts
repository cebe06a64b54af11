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
  #last: Promise<unknown> = Promise.resolve();

  constructor(task: TaskName, sent: SentValues) {
    this.task = task;
    this.sent = sent;
  }

  /** One after the other: what is compared must not be put meanwhile. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
