import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FailureError } from '../../../src/base/failure.ts';
import { encodeTaskName, type TaskName } from '../../../src/base/task-name.ts';
import { describeFailure } from '../../../src/cli/messages.ts';
import type { Backend } from '../../../src/data/broker/backend.ts';
import type { OpenPlace } from '../../../src/data/redis/link.ts';
import { Patience, type PatienceLimits } from '../../../src/data/redis/patience.ts';
import { PrivateServer } from '../../../src/data/redis/private-server.ts';
import { SharedServer } from '../../../src/data/redis/shared-server.ts';
import { createRedisBackend } from '../../../src/data/stores/redis-backend.ts';
import type { Entry, ValueType } from '../../../src/data/value.ts';
import { suggestTask } from '../../../src/ottofile/suggest.ts';

export const A = 'a' as TaskName;
export const A_B = 'a:b' as TaskName;
export const C = 'c' as TaskName;

export interface RigOptions {
  /** Below the temporary directory of the test. */
  readonly runDirectory?: string;
  readonly url?: string;
  readonly maxStringBytes?: number;
  readonly patience?: PatienceLimits;
  /** Those of the run. */
  readonly tasks?: readonly TaskName[];
}

/** A back end with a real server and what tests do with it. */
export class RedisRig {
  readonly root = mkdtempSync(join(tmpdir(), 'otto-redis-'));
  readonly runDirectory: string;
  readonly backend: Backend;
  #files = 0;

  constructor({ runDirectory = 'run', url, maxStringBytes, patience, tasks = [A, A_B, C] }: RigOptions = {}) {
    this.runDirectory = join(this.root, runDirectory);
    for (const task of tasks)
      mkdirSync(join(this.runDirectory, 'tasks', encodeTaskName(task)), { recursive: true });
    const openPlace: OpenPlace =
      url === undefined
        ? (onRestart) => new PrivateServer(this.runDirectory, onRestart, new Patience(patience))
        : () => new SharedServer(url, this.runDirectory, new Patience(patience));
    this.backend = createRedisBackend({
      runDirectory: this.runDirectory,
      isTask: (name) => tasks.some((task) => task === name),
      nearest: (name) => suggestTask(name, tasks),
      openPlace,
      ...(maxStringBytes !== undefined && { maxStringBytes }),
    });
  }

  async started(...tasks: readonly TaskName[]): Promise<this> {
    await this.backend.start();
    for (const task of tasks) await this.backend.open(task);
    return this;
  }

  /** redis-cli, as a task would call it. */
  cli(...words: readonly string[]): string {
    const { OTTO_REDIS_SOCK: path, OTTO_REDIS_URL: url } = this.backend.environment;
    const server = path === undefined ? ['--no-auth-warning', '-u', url ?? ''] : ['-s', path];
    return execFileSync('redis-cli', [...server, ...words], { encoding: 'utf8' }).trimEnd();
  }

  put(task: TaskName, key: string, data: Buffer | string, type: ValueType = 'string'): Promise<void> {
    return this.backend.put({ task, key, type, value: { kind: 'memory', data: Buffer.from(data) } });
  }

  putFile(task: TaskName, key: string, data: Buffer): Promise<void> {
    const path = join(this.root, `incoming-${++this.#files}`);
    writeFileSync(path, data);
    return this.backend.put({ task, key, type: 'bytes', value: { kind: 'file', path, bytes: data.length } });
  }

  /** `key type text` of each value. */
  async sealed(task: TaskName): Promise<readonly string[]> {
    const entries = await this.backend.seal(task, { newFile: () => '' });
    return entries.map((entry) => `${entry.key} ${entry.type} ${contentOf(entry)}`);
  }

  problems(): readonly unknown[] {
    return this.backend.takeNotices();
  }

  async close(): Promise<void> {
    await this.backend.close();
    rmSync(this.root, { recursive: true, force: true });
  }
}

export function contentOf({ source }: Entry): Buffer {
  return source.kind === 'file' ? readFileSync(source.path) : Buffer.from(source.data);
}

/** What otto would tell of a failure. */
export async function wordsOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => 'nothing failed',
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof FailureError)) return String(error);
  const { message, hint } = describeFailure(error.failure);
  return `${message}; ${hint}`;
}
