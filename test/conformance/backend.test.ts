import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe } from 'vitest';
import { createSocketBackend } from '../../src/data/stores/socket-backend.ts';
import { createSqliteBackend } from '../../src/data/stores/sqlite-backend.ts';
import { type BackendUnderTest, backendContract } from './backend.contract.ts';

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

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
];

for (const backend of BACKENDS) describe(backend.name, () => backendContract(backend));
