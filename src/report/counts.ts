import type { TaskName } from '../base/task-name.ts';
import type { Outcome, SkipReason } from '../run/events.ts';

const BY_REASON: Readonly<Record<string, 'timedOut' | 'stopped' | undefined>> = {
  timeout: 'timedOut',
  stopped: 'stopped',
};

/** How many tasks of a run ended in which way. */
export class Counts {
  succeeded = 0;
  fresh = 0;
  failed = 0;
  timedOut = 0;
  /** Ended because another task had failed. */
  stopped = 0;
  /** By their own `if`. */
  leftOut = 0;
  notStarted = 0;
  /** The tasks that did not start because of a failure, by the one that has failed and that they need; null: any. */
  readonly waitedFor = new Map<TaskName | null, TaskName[]>();

  add(task: TaskName, outcome: Outcome): void {
    switch (outcome.kind) {
      case 'succeeded':
      case 'fresh':
        this[outcome.kind]++;
        break;
      case 'failed':
        this[BY_REASON[outcome.reason.kind] ?? 'failed']++;
        break;
      default:
        this.#skipped(task, outcome.because);
    }
  }

  /** All that have ended. */
  get total(): number {
    const ran = this.succeeded + this.failed + this.timedOut + this.stopped;
    return ran + this.fresh + this.leftOut + this.notStarted;
  }

  get anyFailed(): boolean {
    return this.failed + this.timedOut > 0;
  }

  #skipped(task: TaskName, because: SkipReason): void {
    if (because.kind === 'condition') {
      this.leftOut++;
      return;
    }
    this.notStarted++;
    if (because.kind === 'interrupted') return;
    const cause = because.kind === 'dependency' ? because.task : null;
    const tasks = this.waitedFor.get(cause) ?? [];
    tasks.push(task);
    this.waitedFor.set(cause, tasks);
  }
}
