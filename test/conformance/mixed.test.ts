import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadNative } from '../../src/data/native-addon.ts';
import type { Store, StoreName } from '../../src/data/store.ts';
import { createFilesStore } from '../../src/data/stores/files.ts';
import { createShmStore } from '../../src/data/stores/shm.ts';
import { type Outputs, type StoreUnderTest, storeContract } from './store.contract.ts';

/** Runs whose tasks do not all have the same store: every value has to get from each into each other. */

const shmRoot = mkdtempSync('/dev/shm/otto-mixed-');
afterAll(() => rmSync(shmRoot, { recursive: true, force: true }));

function open(name: StoreName, runDirectory: string): Store {
  if (name === 'files') return createFilesStore(runDirectory);
  if (name === 'shm') return createShmStore({ native: loadNative(), runDirectory, root: shmRoot });
  throw new Error(`no store ${name} in this test`);
}

/** Tasks that read nothing are in `from`, all others in `to`. */
const fromTo = (from: StoreName, to: StoreName): StoreUnderTest => ({
  name: `${from} to ${to}`,
  open: (runDirectory) => open('files', runDirectory),
  mixture: {
    storeOf: ({ dependencies }) => ((dependencies ?? []).length === 0 ? from : to),
    open: (runDirectory) => (name) => open(name, runDirectory),
  },
  leftovers: () => readdirSync(shmRoot).map((name) => join(shmRoot, name)),
});

/** Every task in the other store than the one before it, so that a task has dependencies in both. */
function inTurn(names: readonly StoreName[]): StoreUnderTest {
  let count = 0;
  const mixed = fromTo('files', 'shm');
  const mixture = mixed.mixture as NonNullable<StoreUnderTest['mixture']>;
  return {
    ...mixed,
    name: `${names.join(' and ')} in turn`,
    mixture: { ...mixture, storeOf: () => names[count++ % names.length] },
  };
}

const STORES = [fromTo('files', 'shm'), fromTo('shm', 'files'), inTurn(['files', 'shm'])];
const outputs = new Map<string, Outputs>(STORES.map(({ name }) => [name, new Map()]));

for (const store of STORES) {
  describe(store.name, () => storeContract(store, outputs.get(store.name) ?? new Map()));
}

test('the JSON of every task is the same in all mixtures, byte for byte', () => {
  const [first, ...others] = STORES.map(({ name }) => outputs.get(name));
  expect(first?.size).toBeGreaterThan(30);
  for (const other of others) expect(other).toEqual(first);
});
