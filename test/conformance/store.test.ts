import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { TaskName } from '../../src/base/task-name.ts';
import type { Backend } from '../../src/data/broker/backend.ts';
import type { TasksOfRun } from '../../src/data/broker/broker.ts';
import { createBroker } from '../../src/data/broker/socket-broker.ts';
import { loadNative } from '../../src/data/native-addon.ts';
import { PrivateServer } from '../../src/data/redis/private-server.ts';
import type { Store } from '../../src/data/store.ts';
import { createBrokeredStore } from '../../src/data/stores/brokered.ts';
import { createFilesStore } from '../../src/data/stores/files.ts';
import { createRedisBackend } from '../../src/data/stores/redis-backend.ts';
import { createShmStore } from '../../src/data/stores/shm.ts';
import { createSocketBackend } from '../../src/data/stores/socket-backend.ts';
import { createSqliteBackend } from '../../src/data/stores/sqlite-backend.ts';
import { type Outputs, type StoreUnderTest, storeContract } from './store.contract.ts';

const shmRoot = mkdtempSync('/dev/shm/otto-conformance-');
afterAll(() => rmSync(shmRoot, { recursive: true, force: true }));
const objectsRoot = mkdtempSync(join(tmpdir(), 'otto-conformance-objects-'));
afterAll(() => rmSync(objectsRoot, { recursive: true, force: true }));

/** The other back end of shared memory, which a run chooses when it begins: docs/shm-format.md, section 12. */
function openWithObjects(runDirectory: string): Store {
  const before = process.env.OTTO_SHM_BACKEND;
  process.env.OTTO_SHM_BACKEND = 'objects';
  try {
    return createShmStore({ native: loadNative(), runDirectory, root: objectsRoot });
  } finally {
    if (before === undefined) delete process.env.OTTO_SHM_BACKEND;
    else process.env.OTTO_SHM_BACKEND = before;
  }
}

const runDirectories: string[] = [];
const spoolsIn = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /(^|\/)spool(\/|$)/.test(path),
  );

const brokerIn = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /(^|\/)(broker|redis|sent|journal|values\.db-wal|values\.db-shm|values\.large|\d+-\d+\.value)$/.test(
      path,
    ),
  );

/** Nothing here waits for another task. */
const ANY_RUN: TasksOfRun = {
  has: () => true,
  names: () => [],
  hasEnded: () => false,
  canRun: () => true,
  onlyWaits: () => false,
  onEnded: () => undefined,
};

interface Brokered {
  readonly name: string;
  readonly backend: (runDirectory: string) => Backend;
  readonly readersNeedJson: boolean;
}

function brokered({ name, backend, readersNeedJson }: Brokered): StoreUnderTest {
  const directories: string[] = [];
  return {
    name,
    open: (runDirectory) => {
      directories.push(runDirectory);
      const broker = createBroker({
        runDirectory,
        run: ANY_RUN,
        onProgress: () => undefined,
        peerUid: null,
        peerPid: null,
      });
      return createBrokeredStore({ broker, backend: backend(runDirectory), runDirectory, readersNeedJson });
    },
    leftovers: () => directories.flatMap(brokerIn),
  };
}

const redisBackend = (runDirectory: string): Backend =>
  createRedisBackend({
    runDirectory,
    isTask: () => true,
    openPlace: (onRestart) => new PrivateServer(runDirectory, onRestart),
  });

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
  {
    name: 'shm in objects',
    open: openWithObjects,
    // An object without a stub could not be told from another run's: the stubs are what is looked at.
    leftovers: () => readdirSync(objectsRoot).map((name) => join(objectsRoot, name)),
  },
  brokered({ name: 'socket', backend: createSocketBackend, readersNeedJson: false }),
  // As without the addon: what is moved into history is served from there.
  brokered({ name: 'socket beside JSON', backend: createSocketBackend, readersNeedJson: true }),
  brokered({ name: 'sqlite', backend: createSqliteBackend, readersNeedJson: false }),
  brokered({ name: 'sqlite beside JSON', backend: createSqliteBackend, readersNeedJson: true }),
  // With a redis-server for each run of a task.
  brokered({ name: 'redis', backend: redisBackend, readersNeedJson: false }),
];

const outputs = new Map<string, Outputs>(STORES.map(({ name }) => [name, new Map()]));

for (const store of STORES) {
  describe(store.name, () => storeContract(store, outputs.get(store.name) ?? new Map()));
}

test('the second shm store keeps its bytes in objects, and takes them along when it closes', async () => {
  const store = openWithObjects(join(objectsRoot, 'probe'));
  const { spool } = await store.open('probe' as TaskName, []);
  const stub = readFileSync(join(spool, 'region'));
  expect(stub.length).toBe(64);
  const object = join('/dev/shm', stub.toString('latin1').replaceAll('\0', ''));
  expect(existsSync(object)).toBe(true);
  await store.close();
  expect(existsSync(object)).toBe(false);
});

test('the JSON of every task is the same in all stores, byte for byte', () => {
  const [first, ...others] = STORES.map(({ name }) => outputs.get(name));
  expect(first?.size).toBeGreaterThan(30);
  for (const other of others) expect(other).toEqual(first);
});
