import type { TaskName } from '../../base/task-name.ts';

/** Tells who waits for a task's values that one of them may have changed. */
export class Changes {
  readonly #tasks = new Map<TaskName, Change>();

  /** How often a key has been set so far. */
  countOf(task: TaskName, key: string): number {
    return this.#tasks.get(task)?.counts.get(key) ?? 0;
  }

  /** Resolves at the next change of any of its keys, or at its end. */
  next(task: TaskName): Promise<void> {
    return this.#of(task).next.promise;
  }

  /** Somebody watches the task, and `busy` resolves when he has seen what there is. Returns how he leaves. */
  watch(task: TaskName, busy: () => Promise<void>): () => void {
    const { watchers } = this.#of(task);
    watchers.add(busy);
    return () => watchers.delete(busy);
  }

  /** Resolves when all who watch have seen what there is. */
  async seen(task: TaskName): Promise<void> {
    const watchers = this.#tasks.get(task)?.watchers ?? [];
    // Who has been told of a change begins with it in the next turn.
    if ([...watchers].length > 0) await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([...watchers].map((busy) => busy()));
  }

  /** These keys have been set. None: the task has ended, or has begun anew. */
  tell(task: TaskName, keys: Iterable<string>): void {
    const change = this.#of(task);
    for (const key of keys) change.counts.set(key, (change.counts.get(key) ?? 0) + 1);
    const { wake } = change.next;
    change.next = newSignal();
    wake();
  }

  #of(task: TaskName): Change {
    const known = this.#tasks.get(task);
    if (known !== undefined) return known;
    const made: Change = { counts: new Map(), watchers: new Set(), next: newSignal() };
    this.#tasks.set(task, made);
    return made;
  }
}

interface Change {
  readonly counts: Map<string, number>;
  readonly watchers: Set<() => Promise<void>>;
  next: Signal;
}

interface Signal {
  readonly promise: Promise<void>;
  readonly wake: () => void;
}

function newSignal(): Signal {
  let wake = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    wake = resolve;
  });
  return { promise, wake };
}
