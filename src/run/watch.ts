import type { PlannedTask } from '../graph/plan.ts';
import type { Cut } from './cuts.ts';
import type { ExecutorContext } from './executor-context.ts';
import { TimeLimit } from './time-limit.ts';

/** Follows a task's main process: until when it runs, and whether its end is otto's doing. */
export class Watch {
  readonly #context: Pick<ExecutorContext, 'trees' | 'cuts' | 'endTask'>;
  readonly #task: PlannedTask;
  #limit: TimeLimit | null = null;
  /** As it was when the process ended: what comes later has not ended it. */
  #cut: Cut | null = null;
  /** Its time was over before anything else could end it. */
  #timedOut = false;
  running = true;

  constructor(context: Pick<ExecutorContext, 'trees' | 'cuts' | 'endTask'>, task: PlannedTask) {
    this.#context = context;
    this.#task = task;
  }

  /** Null: it could not be started. */
  started(pid: number | null): void {
    if (pid === null) return;
    const { name, definition } = this.#task;
    this.#context.trees.started(name, pid);
    if (definition.timeoutMs !== null)
      this.#limit = new TimeLimit(definition.timeoutMs, () => {
        this.#timedOut = this.#context.cuts.of(this.#task) === null;
        return this.#context.endTask(name);
      });
  }

  exited(pid: number): void {
    this.#context.trees.ended(pid);
    this.#limit?.lift();
    this.#cut = this.#context.cuts.of(this.#task);
  }

  /** All that it had written is there. Returns why otto ended it, if it did, and nothing of it is left then. */
  async over(): Promise<Cut | null> {
    this.running = false;
    if (this.#limit?.passed !== true) return this.#cut;
    await this.#limit.settled();
    return this.#timedOut ? { kind: 'timeout', limitMs: this.#task.definition.timeoutMs ?? 0 } : this.#cut;
  }
}
