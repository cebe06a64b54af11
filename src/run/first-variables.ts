import type { Plan, PlannedTask } from '../graph/plan.ts';
import type { Diagnostic } from '../ottofile/model.ts';
import { problemIn } from './refusal.ts';
import type { Variables } from './variables.ts';

/** How long the commands of the first tasks keep the others from starting. */
const PATIENCE_MS = 5_000;

export interface Beginning {
  readonly plan: Plan;
  readonly variables: Variables;
  /** How many commands may run at once. */
  readonly jobs: number;
  readonly patienceMs?: number;
}

/**
 * Works out the variables of the tasks that could start at once, so that a mistake there is found before anything has started.
 * Commands that take longer than a moment, or than the `timeout` of a task that waits, do not keep the run from starting.
 */
export async function workOutFirst(beginning: Beginning): Promise<readonly Diagnostic[]> {
  const { plan, variables, jobs, patienceMs = PATIENCE_MS } = beginning;
  const first = firstTasks(plan).filter((task) => variables.ready(task) === null);
  if (first.length === 0) return [];
  const problems = new Map<string, Diagnostic>();
  const waiting = first.values();
  const patience = new Patience(patienceMs);
  const work = async (): Promise<void> => {
    for (const task of waiting) {
      if (patience.over) return;
      const forget = patience.atMost(task.definition.timeoutMs);
      await variables.of(task).catch((error: unknown) => {
        const problem = problemIn(error);
        problems.set(`${problem.file} ${problem.at.line} ${problem.at.column} ${problem.message}`, problem);
      });
      forget();
    }
  };
  await patience.waitFor(Promise.all(Array.from({ length: Math.min(jobs, first.length) }, work)));
  return [...problems.values()];
}

const firstTasks = ({ order, tasks, dependencies }: Plan): PlannedTask[] =>
  order.filter((name) => dependencies.get(name)?.length === 0).flatMap((name) => tasks.get(name) ?? []);

/** Waits for work, until its own time or that of a part of it is over. */
class Patience {
  over = false;
  readonly #timers = new Set<NodeJS.Timeout>();
  #end: () => void = () => undefined;

  constructor(ms: number) {
    this.atMost(ms);
  }

  /** Null: as long as it takes. Returns what lifts this limit. */
  atMost(ms: number | null): () => void {
    if (ms === null || this.over) return () => undefined;
    const timer = setTimeout(() => this.#finish(), ms);
    this.#timers.add(timer);
    return () => {
      clearTimeout(timer);
      this.#timers.delete(timer);
    };
  }

  waitFor(work: Promise<unknown>): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#end = resolve;
      work.then(() => resolve(), reject);
    }).finally(() => this.#finish());
  }

  #finish(): void {
    this.over = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#end();
  }
}
