import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe } from 'vitest';
import { PrivateServer } from '../../src/data/redis/private-server.ts';
import { createRedisBackend } from '../../src/data/stores/redis-backend.ts';
import { createSocketBackend } from '../../src/data/stores/socket-backend.ts';
import { createSqliteBackend } from '../../src/data/stores/sqlite-backend.ts';
import { type BackendUnderTest, backendContract } from './backend.contract.ts';

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Without the end of its last line. */
const printed = (program: string, ...words: readonly string[]): string =>
  execFileSync(program, words, { encoding: 'utf8' }).slice(0, -1);

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
    getByHand: ({ environment }, task, key) => {
      const where = `task = ${quoted(task)} AND key = ${quoted(key)}`;
      return printed('sqlite3', environment.OTTO_DB ?? '', `SELECT value FROM task_data WHERE ${where}`);
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
    getByHand: ({ environment }, task, key) =>
      printed('redis-cli', '-s', environment.OTTO_REDIS_SOCK ?? '', 'GET', `${task}:${key}`),
  },
];

for (const backend of BACKENDS) describe(backend.name, () => backendContract(backend));
