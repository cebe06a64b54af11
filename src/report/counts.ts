import type { TaskName } from '../base/task-name.ts';
import type { Outcome } from '../run/events.ts';

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
  /** The tasks that did not start because of a failure, by what has failed; `stopped`: anything. */
  readonly waitedFor = new Map<TaskName | 'stopped', TaskName[]>();

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

  #skipped(task: TaskName, because: Extract<Outcome, { kind: 'skipped' }>['because']): void {
    if (because === 'condition') {
      this.leftOut++;
      return;
    }
    this.notStarted++;
    if (because === 'interrupted') return;
    const tasks = this.waitedFor.get(because as TaskName | 'stopped') ?? [];
    tasks.push(task);
    this.waitedFor.set(because as TaskName | 'stopped', tasks);
  }
}
