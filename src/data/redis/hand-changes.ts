import type { TaskName } from '../../base/task-name.ts';
import type { KeyNotices } from './key-notices.ts';
import { meantKey, type Names, type Owned } from './keys.ts';
import type { RedisValues } from './redis-values.ts';
import type { TaskValues } from './task-values.ts';

/** What of a run it takes to tell whose a key is. */
export interface RunInRedis {
  readonly redis: RedisValues;
  /** Nobody but the run uses the server. */
  readonly isPrivate: boolean;
  readonly names: Names;
  /** The task whose name is the most similar, if any is. */
  readonly nearest: (task: string) => string | undefined;
  readonly tasks: ReadonlyMap<TaskName, TaskValues>;
  /** Those whose values nobody needs any more. */
  readonly released: ReadonlySet<TaskName>;
  readonly notices: KeyNotices;
}

/** Sorts out, by tasks, what hands have changed past otto; tells of what belongs to none that runs. */
export class HandChanges {
  readonly #of: RunInRedis;
  #lastLook: Promise<void> = Promise.resolve();
  #nextLook: Promise<void> | null = null;

  constructor(run: RunInRedis) {
    this.#of = run;
  }

  /** Tells the tasks which of their keys hands have changed, one look after the other. Who comes before one begins waits for the same. */
  sortOut(): Promise<void> {
    if (this.#nextLook === null) {
      const look = this.#lastLook.then(() => {
        this.#nextLook = null;
        return this.#look();
      });
      this.#nextLook = look;
      this.#lastLook = look.catch(() => undefined);
    }
    return this.#nextLook;
  }

  async #look(): Promise<void> {
    const { names, isAll, wasEmptied } = await this.#of.redis.changes();
    const isEmptied = wasEmptied && this.#of.isPrivate;
    if (isEmptied) this.#of.notices.emptied();
    // What was there before is in otto's hands: that it is gone is told by now.
    if (isAll) for (const state of this.#of.tasks.values()) if (!state.isOver || !isEmptied) state.touchAll();
    const owned = names.map((name) => ({ name, owner: this.#of.names.ownerOf(name) }));
    for (const { owner } of owned) if (owner !== null) this.#of.tasks.get(owner.task)?.touch(owner.key);
    for (const { name, owner } of owned.toSorted((one, other) => Buffer.compare(one.name, other.name)))
      if (owner === null) await this.#tellOfNoTask(name);
      else await this.#tellIfNotRunning(name, owner);
  }

  /** It may be gone, or in another database. */
  async #tellOfNoTask(name: Buffer): Promise<void> {
    if (!this.#of.notices.hasRoom || !(await this.#of.redis.has(name))) return;
    this.#of.notices.tell(name, { kind: 'no-task', meant: meantKey(name, this.#of.nearest) });
  }

  /** What is there before its task has started would be taken for its own: it is removed. */
  async #tellIfNotRunning(name: Buffer, { task, key }: Owned): Promise<void> {
    const state = this.#of.tasks.get(task);
    if (state !== undefined && (!state.isOver || state.sent.entries.has(key) || state.restored.has(key)))
      return;
    const hasEnded = state !== undefined || this.#of.released.has(task);
    if (!(await this.#of.redis.has(name))) return;
    this.#of.notices.tell(name, { kind: 'task-not-running', task, hasEnded });
    if (!hasEnded) await this.#of.redis.remove([name]);
  }
}
