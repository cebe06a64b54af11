import { type Failure, FailureError } from '../base/failure.ts';
import { loadNative } from '../data/native-addon.ts';
import { loadSqlite } from '../data/sqlite/driver.ts';
import type { StoreName } from '../data/store.ts';
import type { Plan } from '../graph/plan.ts';
import type { Diagnostic } from '../ottofile/model.ts';
import { errorAt } from '../ottofile/place.ts';
import { quote } from '../ottofile/quote.ts';
import { describeFailure } from './messages.ts';
import { declaring, type StoresOfRun } from './stores-of-run.ts';

/** Tells what a store lacks on this machine; null: nothing. */
type Lack = () => Failure | null | Promise<Failure | null>;

/** Every store that needs more than otto itself has to stand here: asked before anything runs. */
const LACKS: Readonly<Partial<Record<StoreName, Lack>>> = {
  shm: lacksAddon,
  sqlite: async () => ((await loadSqlite()) === null ? { kind: 'sqlite-missing' } : null),
  redis: async () => (await import('./redis-needs.ts')).lacksRedis(),
};

function lacksAddon(): Failure | null {
  try {
    loadNative();
    return null;
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
}

/**
 * What keeps the stores of a plan from being used, where tasks name them. Throws a FailureError when it is the store of the run. What
 * `auto` chooses is never missing.
 */
export async function storeProblems(stores: StoresOfRun, plan: Plan): Promise<readonly Diagnostic[]> {
  const lack = await LACKS[stores.own]?.();
  if (lack) throw new FailureError(lack);
  if (stores.isForAll || stores.choose === null) return [];
  const problems: Diagnostic[] = [];
  for (const { task, store } of declaring(plan)) {
    const missing = await LACKS[store.text as StoreName]?.();
    if (!missing) continue;
    const { message, hint } = describeFailure(missing);
    const problem = `task ${quote(task)} names the store ${quote(store.text)}, which cannot be used here: ${message}`;
    problems.push(errorAt(store.at, problem, hint ?? ''));
  }
  return problems;
}

/** The tasks that name a store themselves and have another one all the same. */
export const passedOver = (stores: StoresOfRun, plan: Plan): readonly string[] =>
  stores.isForAll
    ? declaring(plan).flatMap(({ task, store }) =>
        store.text === stores.own || store.text === 'auto' ? [] : task,
      )
    : [];
