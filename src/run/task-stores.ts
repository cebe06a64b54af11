import type { TaskName } from '../base/task-name.ts';
import type { StoreName } from '../data/store.ts';
import type { Plan } from '../graph/plan.ts';
import type { RunEvent } from './events.ts';
import type { ChosenStore } from './store-choice.ts';

/** Says where the values of a task of the plan are to live; null: in the run's own store. */
export type ChooseStore = (task: TaskName, plan: Plan) => ChosenStore | null;

/** The stores of a run's tasks: each is chosen when it is first asked for, told then, and stays. */
export class TaskStores {
  readonly #choose: ChooseStore;
  readonly #plan: Plan;
  readonly #emit: (event: RunEvent) => void;
  readonly #chosen = new Map<TaskName, ChosenStore | null>();

  constructor(choose: ChooseStore, plan: Plan, emit: (event: RunEvent) => void) {
    this.#choose = choose;
    this.#plan = plan;
    this.#emit = emit;
  }

  /** Undefined: the run's own. */
  of(task: TaskName): StoreName | undefined {
    const known = this.#chosen.get(task);
    if (known !== undefined) return known?.store;
    const chosen = this.#choose(task, this.#plan);
    this.#chosen.set(task, chosen);
    if (chosen !== null) this.#emit({ type: 'task-store', task, ...chosen });
    return chosen?.store;
  }
}
