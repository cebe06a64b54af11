import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { timeCommand } from '../measure/command.ts';
import { type Contender, contender } from '../measure/interleave.ts';
import { touchFreePages } from '../measure/pages.ts';
import { benchDirectory, findProgram } from '../rivals.ts';
import type { Setting } from '../setting.ts';

/** The chain by hand through a database: what people use when files are not enough. */

export const REDIS = 'by hand through Redis';
export const SQLITE = 'by hand through SQLite';

/** Below the limits of both: 512 MiB and 1,000,000,000 bytes a value. */
const PART_BYTES = 2 ** 28;

export interface ChainRivals extends AsyncDisposable {
  readonly contenders: readonly Contender[];
  readonly absent: Readonly<Record<string, string>>;
}

export async function chainRivals(setting: Setting, source: string): Promise<ChainRivals> {
  const part = String(Math.min(PART_BYTES, setting.bytes));
  const redis = await startRedis(setting);
  const module = sqliteModule();
  const hasSqlite = findProgram('sqlite3') !== null && module !== null;
  const throughRedis = contender(REDIS, () => {
    redis?.flush();
    touchFreePages(3 * setting.bytes);
    return timeCommand({
      argv: [
        join(benchDirectory, 'chain-rivals/redis.sh'),
        redis?.socket ?? '',
        source,
        String(setting.bytes),
        part,
      ],
    });
  });
  const database = join(setting.memory, 'chain.db');
  const throughSqlite = contender(SQLITE, () => {
    for (const file of [database, `${database}.part`]) rmSync(file, { force: true });
    touchFreePages(3 * setting.bytes);
    const argv = [database, source, String(setting.bytes), part, module ?? ''];
    return timeCommand({ argv: [join(benchDirectory, 'chain-rivals/sqlite.sh'), ...argv] });
  });
  return {
    contenders: [...(redis ? [throughRedis] : []), ...(hasSqlite ? [throughSqlite] : [])],
    absent: {
      ...(redis ? {} : { [REDIS]: 'redis-server is not installed' }),
      ...(hasSqlite ? {} : { [SQLITE]: 'sqlite3 or better-sqlite3 is not installed' }),
    },
    async [Symbol.asyncDispose]() {
      await redis?.stop();
      for (const file of [database, `${database}.part`]) rmSync(file, { force: true });
    },
  };
}

function sqliteModule(): string | null {
  try {
    return createRequire(import.meta.url).resolve('better-sqlite3');
  } catch {
    return null;
  }
}

interface RedisServer {
  readonly socket: string;
  flush(): void;
  stop(): Promise<void>;
}

async function startRedis(setting: Setting): Promise<RedisServer | null> {
  if (findProgram('redis-server') === null || findProgram('redis-cli') === null) return null;
  const socket = join(setting.memory, 'redis.sock');
  const server = spawn(
    'redis-server',
    ['--port', '0', '--unixsocket', socket, '--save', '', '--dir', setting.memory],
    {
      stdio: 'ignore',
    },
  );
  while (!existsSync(socket) && server.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 20));
  return {
    socket,
    flush: () => void timeCommand({ argv: ['redis-cli', '-s', socket, 'FLUSHALL', 'SYNC'] }),
    stop: () => stopped(server),
  };
}

function stopped(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    server.once('exit', () => resolve());
    server.kill('SIGTERM');
  });
}
