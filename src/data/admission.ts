import type { TaskName } from '../base/task-name.ts';
import type { Store } from './store.ts';

/** A task that is about to start, and the stores in which the values lie that it reads: those of `of` alone are known. */
export interface Reader {
  readonly task: TaskName;
  readonly store: Store;
  readonly dependencies: readonly TaskName[];
  /** The store of a dependency that has values. */
  readonly of: (dependency: TaskName) => Store | undefined;
}

const NOTHING: Readonly<Record<string, string>> = {};

/**
 * Tells the other stores that a task reads from, where they have to know. Returns the variables by which it reaches them by hand: those
 * of its own store win.
 */
export async function admitReader({
  task,
  store,
  dependencies,
  of,
}: Reader): Promise<Readonly<Record<string, string>>> {
  const others = new Map<Store, TaskName[]>();
  for (const name of dependencies) {
    const other = of(name);
    if (other === undefined || other === store) continue;
    const known = others.get(other);
    if (known === undefined) others.set(other, [name]);
    else known.push(name);
  }
  if (others.size === 0) return NOTHING;
  await admitToBroker(task, store, others);
  const environment: Record<string, string> = {};
  for (const [other, names] of others) Object.assign(environment, await other.welcome?.(task, names));
  return environment;
}

/** A task whose own store has the broker has been told to it with all of its dependencies. */
async function admitToBroker(
  task: TaskName,
  own: Store,
  others: ReadonlyMap<Store, TaskName[]>,
): Promise<void> {
  if (own.admit !== undefined) return;
  const brokered = [...others].filter(([store]) => store.admit !== undefined);
  await brokered[0]?.[0].admit?.(
    task,
    brokered.flatMap(([, names]) => names),
  );
}
