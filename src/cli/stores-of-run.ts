import { FailureError } from '../base/failure.ts';
import type { TaskName } from '../base/task-name.ts';
import { STORE_CHOICES, type StoreChoice, type StoreName } from '../data/store.ts';
import type { Plan } from '../graph/plan.ts';
import type { Located, Ottofile } from '../ottofile/model.ts';
import type { ChooseStore } from '../run/task-stores.ts';
import { AutoStores } from './auto-stores.ts';
import type { RunFlags } from './run-flags.ts';

/** The stores of one run, as the command line, the environment and the ottofile have it. */
export interface StoresOfRun {
  /** For tasks that have none of their own. */
  readonly name: StoreChoice;
  /** The same where it is `auto`: a store for those that it has nothing to choose for. */
  readonly own: StoreName;
  /** Null: every task has `own`. */
  readonly choose: ChooseStore | null;
  /** Every task's own `store` is passed over: an option counts for all. */
  readonly isForAll: boolean;
}

export interface StoreWishes {
  readonly flags: Pick<RunFlags, 'store'>;
  readonly ottofile: Ottofile;
  readonly plan: Plan;
}

/**
 * An option that names a store is for every task: it stands nearest to the call. Else a task has the store that it names itself, else
 * that of the run: what OTTO_STORE says, or the ottofile, or files.
 */
export function storesOf({ flags, ottofile, plan }: StoreWishes): StoresOfRun {
  const name = runStore(flags, ottofile);
  const own = name === 'auto' ? 'files' : name;
  const isForAll = flags.store !== null && name !== 'auto';
  const isMixed = !isForAll && (name === 'auto' || declaring(plan).length > 0);
  return { name, own, isForAll, choose: isMixed ? chooser(name, ottofile) : null };
}

function runStore(flags: StoreWishes['flags'], ottofile: Ottofile): StoreChoice {
  if (flags.store !== null) return known(flags.store, '--store');
  if (process.env.OTTO_STORE) return known(process.env.OTTO_STORE, 'OTTO_STORE');
  return known(ottofile.store ?? 'files', '"store" of the ottofile');
}

function known(name: string, from: string): StoreChoice {
  const found = STORE_CHOICES.find((one) => one === name);
  if (found === undefined)
    throw new FailureError({ kind: 'store-unknown', name, from, known: STORE_CHOICES });
  return found;
}

/** The tasks of the plan that name a store themselves. A `foreach` does it for its items. */
export const declaring = ({ tasks }: Plan): readonly StoreAt[] =>
  [...tasks].flatMap(
    ([
      task,
      {
        definition: { store },
      },
    ]) => (store === null ? [] : { task, store }),
  );

export type StoreAt = { readonly task: TaskName; readonly store: Located };

function chooser(ofRun: StoreChoice, ottofile: Ottofile): ChooseStore {
  let auto: AutoStores | null = null;
  return (task, plan) => {
    const definition = plan.tasks.get(task)?.definition;
    if (!definition?.script) return null;
    const declared = definition.store && known(definition.store.text, '"store"');
    if ((declared ?? ofRun) === 'auto') {
      auto ??= new AutoStores(ottofile);
      return auto.choose(task, plan);
    }
    return declared === null ? null : { store: declared as StoreName, why: { kind: 'declared' } };
  };
}
