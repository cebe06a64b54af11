import { describe, expect, test } from 'vitest';
import {
  loadBetterSqlite,
  loadNodeSqlite,
  loadSqlite,
  type SqliteDriver,
} from '../../src/data/sqlite/driver.ts';
import type { RunIndex } from '../../src/history/index-store.ts';
import { MemoryIndex } from '../../src/history/memory-index.ts';
import { withIndex } from '../../src/history/open-index.ts';
import { SqliteIndex } from '../../src/history/sqlite-index.ts';
import { databaseOf } from './database.ts';
import { indexContract } from './index-contract.ts';

/** Node has an SQLite of its own from 22.13 on. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const hasNodeSqlite = major > 22 || (major === 22 && minor >= 13);
const drivers = [await loadBetterSqlite(), await loadNodeSqlite()].filter((driver) => driver !== null);

test("Node's own SQLite is found exactly where there is one", () => {
  expect(drivers.some(({ name }) => name === 'node:sqlite')).toBe(hasNodeSqlite);
});

test('the first SQLite that loads is used, better-sqlite3 before that of Node', async () => {
  expect(drivers.length).toBeGreaterThan(0);
  expect((await loadSqlite())?.name).toBe(drivers[0]?.name);
});

describe('the index without SQLite', () => indexContract(() => new MemoryIndex()));

for (const driver of drivers) {
  describe(`the index with ${driver.name}`, () => {
    indexContract((home) => openIndex(home, driver));
  });
}

function openIndex(home: string, driver: SqliteDriver): RunIndex {
  withIndex({ home, driver, timeoutMs: 1000 }, () => undefined);
  return new SqliteIndex(databaseOf(home, driver));
}
