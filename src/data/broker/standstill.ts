import type { TaskName } from '../../base/task-name.ts';
import type { Waits } from './broker.ts';

/**
 * The tasks that wait for each other, in the order in which they do, beginning with `first`; null when it is not one of them. Only
 * what `isIdle` counts: a task that waits in the background may still set what another one waits for.
 */
export function circleFrom(
  first: TaskName,
  waits: Waits,
  isIdle: (task: TaskName) => boolean,
): readonly TaskName[] | null {
  const circles = [...waits.keys()].filter((task) => wayBack(task, waits) !== null);
  if (!circles.includes(first)) return null;
  const stuck = stuckAmong(circles.filter(isIdle), waits);
  const inside = new Map([...waits].filter(([task]) => stuck.has(task)));
  return wayBack(first, inside);
}

/** All that they wait for are stuck themselves. */
function stuckAmong(idle: readonly TaskName[], waits: Waits): ReadonlySet<TaskName> {
  const stuck = new Set(idle);
  for (let before = -1; before !== stuck.size; ) {
    before = stuck.size;
    for (const task of stuck)
      if (![...(waits.get(task) ?? [])].every((one) => stuck.has(one))) stuck.delete(task);
  }
  return stuck;
}

/** The shortest way from a task to itself. */
function wayBack(task: TaskName, waits: Waits): readonly TaskName[] | null {
  const seen = new Set<TaskName>();
  const ways: (readonly TaskName[])[] = [[task]];
  for (const way of ways)
    for (const next of waits.get(way.at(-1) ?? task) ?? []) {
      if (next === task) return way;
      if (!seen.has(next)) ways.push([...way, next]);
      seen.add(next);
    }
  return null;
}

export function standstillWords(circle: readonly TaskName[]): string {
  const [first, second, ...others] = circle.map((task) => `"${task}"`);
  const who =
    second === undefined
      ? `${first} waits for itself`
      : others.length === 0
        ? `${first} and ${second} wait for each other`
        : `${[first, second, ...others, first].join(' waits for ')}`;
  return `${who}, and would do so for ever: let one of them set its value before it waits`;
}
