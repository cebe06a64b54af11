import { afterAll, describe, expect } from 'vitest';
import type { Store } from '../../src/data/store.ts';
import { captures } from './captures.contract.ts';
import { endings } from './endings.contract.ts';
import { largeAndMany } from './large.contract.ts';
import { names } from './names.contract.ts';
import { olderFunctions } from './older-functions.contract.ts';
import type { Scenario } from './scenario.ts';
import { type Mixture, TaskRig } from './task-rig.ts';
import { everyValue } from './values.contract.ts';

/** What one store gave, for the comparison between stores: the output JSON of every task, by group and task. */
export type Outputs = Map<string, string>;

export interface StoreUnderTest {
  readonly name: string;
  open(runDirectory: string): Store;
  /** Where tasks of one run have different stores; `open` gives the run's own. */
  readonly mixture?: Mixture;
  /** Paths where the store has left something. */
  leftovers(): readonly string[];
}

/** The contract of src/data/store.ts, driven through real bash, Python and Node tasks. Fills `outputs`. */
export function storeContract(store: StoreUnderTest, outputs: Outputs): void {
  const rigs: TaskRig[] = [];
  const scenario: Scenario = {
    newRig: () => {
      const rig = new TaskRig((directory) => store.open(directory), undefined, store.mixture);
      rigs.push(rig);
      return rig;
    },
    finish: async (rig, group, tasks) => {
      await rig.end();
      for (const task of tasks) outputs.set(`${group}: ${task}`, rig.output(task));
    },
  };
  afterAll(async () => {
    await Promise.all(rigs.map((rig) => rig.data.close()));
    const leftovers = store.leftovers();
    for (const rig of rigs) rig.remove();
    expect(leftovers).toEqual([]);
  });

  describe('every value from every language to every language', () => everyValue(scenario));
  describe('large and many', () => largeAndMany(scenario));
  describe('names', () => names(scenario));
  describe('however a script ends', () => endings(scenario));
  describe('captures', () => captures(scenario));
  describe('the older functions', () => olderFunctions(scenario));
}
