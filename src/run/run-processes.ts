import type { TaskName } from '../base/task-name.ts';
import { Adoption } from './adoption.ts';
import { type CancelOptions, endProcesses } from './cancel.ts';
import type { RunEvent } from './events.ts';
import { systemProcessTable } from './process-table.ts';
import { type Member, ProcessTrees } from './process-tree.ts';

export interface RunProcessesOptions {
  readonly runDirectory: string;
  /** False: no task of the run starts any. */
  readonly any: boolean;
  readonly howToEnd: () => CancelOptions;
  readonly emit: (event: RunEvent) => void;
}

/** All processes of a run's tasks, and their end. */
export class RunProcesses {
  readonly trees: ProcessTrees;
  readonly #options: RunProcessesOptions;
  readonly #adoption: Adoption | null;
  /** What could not be ended when all were to end: it is not tried again. */
  #unended: readonly Member[] = [];

  constructor(options: RunProcessesOptions) {
    this.#options = options;
    this.#adoption = options.any ? Adoption.begin('run') : null;
    this.trees = new ProcessTrees(systemProcessTable(), options.runDirectory, this.#adoption);
  }

  /** Ends the processes of these tasks, of all when not given. */
  async end(of?: (task: TaskName) => boolean): Promise<void> {
    if (of !== undefined) await endProcesses(this.trees, { ...this.#options.howToEnd(), of });
    else this.#unended = await endProcesses(this.trees, this.#options.howToEnd());
  }

  /** Background processes may serve later tasks, so they live until the run ends; but not longer. */
  async endLeftovers(runMs: number): Promise<void> {
    const leftovers = this.trees.leftovers(runMs).filter((member) => !this.#isUnended(member));
    const areHidden = this.#unended.length === 0 && this.trees.hidden() === 'some';
    if (leftovers.length > 0 || areHidden) {
      this.#tell('leftover-processes', leftovers);
      await this.end();
    }
    this.#tell('unended-processes', this.#unended);
  }

  /** Those that are left are no one's any more. */
  close(): void {
    this.#adoption?.end();
  }

  #isUnended({ pid, started }: Member): boolean {
    return this.#unended.some((one) => one.pid === pid && one.started === started);
  }

  #tell(kind: 'leftover-processes' | 'unended-processes', members: readonly Member[]): void {
    for (const [task, pids] of pidsByTask(members)) {
      const notice = kind === 'unended-processes' ? { kind, pids } : ({ kind, count: pids.length } as const);
      this.#options.emit(
        task === null ? { type: 'run-notice', notice } : { type: 'task-notice', task, notice },
      );
    }
  }
}

function pidsByTask(members: readonly Member[]): Map<TaskName | null, number[]> {
  const pids = new Map<TaskName | null, number[]>();
  for (const { task, pid } of members) pids.set(task, [...(pids.get(task) ?? []), pid]);
  return pids;
}
