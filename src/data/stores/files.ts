import { mkdirSync, promises, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { encodeTaskName, type TaskName } from '../../base/task-name.ts';
import { attempt, attemptAsync } from '../io-failure.ts';
import type { JournalValue } from '../journal.ts';
import { readSpool, type Spool, spoolFileBytes } from '../spool.ts';
import type { Store, TaskPlace } from '../store.ts';
import type { Entry } from '../value.ts';

/**
 * The store that needs nothing but files: a task's values lie in its spool while it runs, and dependents read its output
 * JSON. `runDirectory` is the run's directory in history.
 */
export function createFilesStore(runDirectory: string): Store {
  return new FilesStore(runDirectory);
}

class FilesStore implements Store {
  readonly name = 'files';
  readonly readersNeedJson = true;
  readonly #runDirectory: string;
  readonly #spools = new Map<TaskName, string>();

  constructor(runDirectory: string) {
    this.#runDirectory = runDirectory;
  }

  async open(task: TaskName): Promise<TaskPlace> {
    const spool = join(this.#runDirectory, 'tasks', encodeTaskName(task), 'spool');
    attempt('create', spool, () => mkdirSync(spool, 0o700));
    this.#spools.set(task, spool);
    return { spool, environment: {}, shmDirectory: null };
  }

  async seal(task: TaskName, scriptText: string): Promise<readonly Entry[]> {
    const directory = this.#spools.get(task);
    if (directory === undefined) return [];
    const spool: Spool = { task, directory, scriptText };
    return (await readSpool(spool)).map((value) => toEntry(spool, value));
  }

  async release(task: TaskName): Promise<void> {
    const spool = this.#spools.get(task);
    this.#spools.delete(task);
    if (spool === undefined || removeEmpty(spool)) return;
    await attemptAsync('remove', spool, () => promises.rm(spool, { recursive: true, force: true }));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#spools.keys()].map((task) => this.release(task)));
  }
}

function toEntry(spool: Spool, value: JournalValue): Entry {
  const { key, type } = value;
  if (value.kind === 'inline') {
    return { key, type, bytes: value.data.length, source: { kind: 'memory', data: value.data } };
  }
  const path = join(spool.directory, value.fileName);
  return { key, type, bytes: spoolFileBytes(spool, value), source: { kind: 'file', path } };
}

/** One system call for the many tasks that set nothing. */
function removeEmpty(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch {
    return false;
  }
}
