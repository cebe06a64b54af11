import type { TaskName } from '../base/task-name.ts';
import type { TasksOfRun, Waits } from '../data/broker/broker.ts';
import type { Plan } from '../graph/plan.ts';
import { liveProducers } from '../graph/streams.ts';
import type { Listener } from './events.ts';
import { CLOSER_LOOK, onlyWaits, seeProcesses } from './only-waits.ts';
import { canRun } from './wait-graph.ts';

/** Knows from a run's events which of its tasks run and which have ended. */
export class Standing implements TasksOfRun {
  readonly #plan: Plan;
  readonly #jobs: number;
  readonly #running = new Set<TaskName>();
  readonly #ended = new Set<TaskName>();
  readonly #listeners: ((task: TaskName) => void)[] = [];

  constructor({ plan, jobs }: { readonly plan: Plan; readonly jobs: number }) {
    this.#plan = plan;
    this.#jobs = jobs;
  }

  readonly listen: Listener = (event) => {
    if (event.type === 'task-started') this.#running.add(event.task);
    if (event.type !== 'task-finished') return;
    this.#running.delete(event.task);
    this.#ended.add(event.task);
    for (const tell of this.#listeners) tell(event.task);
  };

  has(task: TaskName): boolean {
    return this.#plan.tasks.has(task);
  }

  names(): Iterable<TaskName> {
    return this.#plan.tasks.keys();
  }

  hasEnded(task: TaskName): boolean {
    return this.#ended.has(task);
  }

  canRun(task: TaskName, waits: Waits): boolean {
    return canRun(task, waits, {
      needs: (name) => this.#plan.dependencies.get(name) ?? [],
      live: (name) => liveProducers(this.#plan, name),
      running: this.#running,
      ended: this.#ended,
      isInteractive: (name) => this.#plan.tasks.get(name)?.definition.interactive === true,
      jobs: this.#jobs,
    });
  }

  onlyWaits(clients: ReadonlySet<number>): boolean {
    return onlyWaits(seeProcesses(), clients, { otto: process.pid, ...CLOSER_LOOK });
  }

  onEnded(listener: (task: TaskName) => void): void {
    this.#listeners.push(listener);
  }
}
