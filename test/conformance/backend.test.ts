import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe } from 'vitest';
import { PrivateServer } from '../../src/data/redis/private-server.ts';
import { createRedisBackend } from '../../src/data/stores/redis-backend.ts';
import { createSocketBackend } from '../../src/data/stores/socket-backend.ts';
import { createSqliteBackend } from '../../src/data/stores/sqlite-backend.ts';
import { type BackendUnderTest, backendContract } from './backend.contract.ts';

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const RUN_TASKS: ReadonlySet<string> = new Set(['build', 'build: ü/1']);
const isTask = (name: string): boolean => RUN_TASKS.has(name);

const BACKENDS: readonly BackendUnderTest[] = [
  { name: 'socket', open: createSocketBackend },
  {
    name: 'sqlite',
    open: createSqliteBackend,
    setByHand: async ({ environment }, task, { key, text }) => {
      const row = [task, key, text].map(quoted).join(', ');
      const sql = `INSERT OR REPLACE INTO task_data (task, key, value) VALUES (${row})`;
      const child = spawn('sqlite3', [environment.OTTO_DB ?? '', sql], { stdio: 'ignore' });
      const [code] = await once(child, 'exit');
      if (code !== 0) throw new Error(`sqlite3 ended with ${code}`);
    },
  },
  {
    name: 'redis',
    open: (runDirectory) =>
      createRedisBackend({
        runDirectory,
        isTask,
        openPlace: (onRestart) => new PrivateServer(runDirectory, onRestart),
      }),
    setByHand: async ({ environment }, task, { key, text }) => {
      execFileSync('redis-cli', ['-s', environment.OTTO_REDIS_SOCK ?? '', 'SET', `${task}:${key}`, text]);
    },
  },
];

for (const backend of BACKENDS) describe(backend.name, () => backendContract(backend));
