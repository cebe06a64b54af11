import type { TaskName } from '../base/task-name.ts';
import type { Plan } from '../graph/plan.ts';
import { hasStreams, liveProducers } from '../graph/streams.ts';
import { PLAIN, type Traits } from './scheduler.ts';

/** What the schedule has to know of the tasks of a plan. */
export function traitsIn(plan: Plan): (name: TaskName) => Traits {
  const { tasks, items } = plan;
  const liveOf = hasStreams(plan) ? (name: TaskName) => liveProducers(plan, name) : () => NONE;
  return (name) => {
    const task = tasks.get(name);
    if (task === undefined) return PLAIN;
    const { always, interactive } = task.definition;
    if (task.role !== 'foreach') {
      const live = liveOf(name);
      return always || interactive || live.length > 0 ? { always, interactive, gathers: false, live } : PLAIN;
    }
    // A `foreach` with items is done when they are: it is they who run always.
    return { always: always && !items.get(name)?.length, interactive, gathers: true, live: NONE };
  };
}

const NONE: readonly TaskName[] = [];
