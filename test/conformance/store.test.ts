import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadNative } from '../../src/data/native-addon.ts';
import { createFilesStore } from '../../src/data/stores/files.ts';
import { createShmStore } from '../../src/data/stores/shm.ts';
import { type Outputs, type StoreUnderTest, storeContract } from './store.contract.ts';

const shmRoot = mkdtempSync('/dev/shm/otto-conformance-');
afterAll(() => rmSync(shmRoot, { recursive: true, force: true }));

const runDirectories: string[] = [];
const spoolsIn = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /(^|\/)spool(\/|$)/.test(path),
  );

const STORES: readonly StoreUnderTest[] = [
  {
    name: 'files',
    open: (runDirectory) => {
      runDirectories.push(runDirectory);
      return createFilesStore(runDirectory);
    },
    leftovers: () => runDirectories.flatMap(spoolsIn),
  },
  {
    name: 'shm',
    open: (runDirectory) => createShmStore({ native: loadNative(), runDirectory, root: shmRoot }),
    leftovers: () => readdirSync(shmRoot).map((name) => join(shmRoot, name)),
  },
];

const outputs = new Map<string, Outputs>(STORES.map(({ name }) => [name, new Map()]));

for (const store of STORES) {
  describe(store.name, () => storeContract(store, outputs.get(store.name) ?? new Map()));
}

test('the JSON of every task is the same in all stores, byte for byte', () => {
  const [first, ...others] = STORES.map(({ name }) => outputs.get(name));
  expect(first?.size).toBeGreaterThan(30);
  for (const other of others) expect(other).toEqual(first);
});
