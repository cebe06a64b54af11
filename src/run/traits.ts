import type { TaskName } from '../base/task-name.ts';
import type { Plan } from '../graph/plan.ts';
import { PLAIN, type Traits } from './scheduler.ts';

/** What the schedule has to know of the tasks of a plan. */
export const traitsIn =
  ({ tasks, items }: Plan) =>
  (name: TaskName): Traits => {
    const task = tasks.get(name);
    if (task === undefined) return PLAIN;
    const { always, interactive } = task.definition;
    if (task.role !== 'foreach')
      return always || interactive ? { always, interactive, gathers: false } : PLAIN;
    // A `foreach` with items is done when they are: it is they who run always.
    return { always: always && !items.get(name)?.length, interactive, gathers: true };
  };
