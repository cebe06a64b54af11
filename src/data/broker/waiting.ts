import { createReadStream } from 'node:fs';
import type { TaskName } from '../../base/task-name.ts';
import type { Entry } from '../value.ts';
import { newFingerprint, type Outlet } from './outlet.ts';
import { isGone } from './refusal.ts';
import type { ServedTasks } from './served-tasks.ts';

/** A GET with `wait` or `follow`. */
export interface WaitRequest {
  readonly how: 'wait' | 'follow';
  readonly task: TaskName;
  readonly key: string;
}

/** One client that waits, until there is nothing more to tell it or `gone` is aborted. */
export class Waiter {
  /** The client has been sent the beginning of its last answer, and may go on when it has it. */
  isAnswering = false;
  readonly #tasks: ServedTasks;
  readonly #outlet: Outlet;
  readonly #request: WaitRequest;
  /** What was sent last. */
  #sent: { readonly bytes: number; readonly fingerprint: string } | null = null;
  #round: Promise<void> = Promise.resolve();

  constructor(tasks: ServedTasks, outlet: Outlet, request: WaitRequest) {
    this.#tasks = tasks;
    this.#outlet = outlet;
    this.#request = request;
  }

  /** False: it was stopped before it had its answer. */
  async run(gone: AbortSignal): Promise<boolean> {
    const { task } = this.#request;
    const leave = this.#tasks.changes.watch(task, () => this.#round);
    // A promise for all rounds would gather what each of them has waited with.
    let wake = (): void => undefined;
    const onGone = (): void => wake();
    gone.addEventListener('abort', onGone);
    try {
      const rounds = new Rounds();
      while (!gone.aborted) {
        // Asked for before the value is: what changes meanwhile is not missed.
        const changed = this.#tasks.changes.next(task);
        const round = this.#next(rounds);
        this.#round = round.catch(() => undefined);
        await round;
        if (gone.aborted || rounds.isDone) break;
        await new Promise<void>((resolve) => {
          wake = resolve;
          void changed.then(resolve);
        });
      }
      return rounds.isDone;
    } finally {
      gone.removeEventListener('abort', onGone);
      leave();
    }
  }

  /** Tells what is new. */
  async #next(rounds: Rounds): Promise<void> {
    const { task, key, how } = this.#request;
    const isOver = this.#tasks.isOver(task);
    const count = this.#tasks.changes.countOf(task, key);
    if (count === rounds.seen && !isOver) return;
    rounds.seen = count;
    const isSent = await this.#tell();
    if (isSent && how === 'wait') rounds.isDone = true;
    else if (isOver) {
      rounds.isDone = true;
      this.isAnswering = true;
      await this.#outlet.answer({ kind: 'end' });
    }
  }

  /** Sends the value, if there is one; when its task has ended, only if it is another one than before. */
  async #tell(): Promise<boolean> {
    const { task, key, how } = this.#request;
    for (;;) {
      const isPublished = this.#tasks.isPublished(task);
      const entry = await this.#tasks.current(task, key);
      if (!entry || (isPublished && (await this.#isKnown(entry)))) return false;
      this.isAnswering = how === 'wait';
      const hash = how === 'follow' ? newFingerprint() : null;
      try {
        await this.#outlet.value(entry, hash);
      } catch (error) {
        if (isPublished || !isGone(error)) throw error;
        this.isAnswering = false;
        continue; // It was set anew in this moment.
      }
      this.#sent = { bytes: entry.bytes, fingerprint: hash?.digest('hex') ?? '' };
      return true;
    }
  }

  async #isKnown({ bytes, source }: Entry): Promise<boolean> {
    if (this.#sent?.bytes !== bytes) return false;
    const hash = newFingerprint();
    if (source.kind === 'memory') hash.update(source.data);
    else for await (const piece of createReadStream(source.path)) hash.update(piece);
    return hash.digest('hex') === this.#sent.fingerprint;
  }
}

/** How far a waiter has come. */
class Rounds {
  /** How often the key had been set when it was looked at. */
  seen = -1;
  isDone = false;
}
