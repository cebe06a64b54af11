import type { PlannedTask } from './plan.ts';

/** The variables with which the script of a task for one item learns which one; none for other tasks. */
export function itemEnvironment({ item, definition }: PlannedTask): Readonly<Record<string, string>> {
  if (item === null) return {};
  const { as = 'item' } = definition.foreach ?? {};
  return { [as]: item.value, OTTO_FOREACH_ITEM: item.value, OTTO_FOREACH_INDEX: String(item.index) };
}
