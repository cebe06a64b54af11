import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../../base/io-failure.ts';
import { encodeTaskName, type TaskName } from '../../base/task-name.ts';
import { replaceEntries } from '../declared-outputs.ts';
import type { JournalValue } from '../journal.ts';
import type { OutputValue } from '../output-reader.ts';
import { isSpoolFile, readSpool, type Spool, spoolFileBytes } from '../spool.ts';
import type { Left, Store, TaskPlace } from '../store.ts';
import { type Entry, notAmong } from '../value.ts';

/**
 * The store that needs nothing but files: a task's values lie in its directory while it runs, and dependents read its output
 * JSON. `runDirectory` is the run's directory in history; the tasks' directories are made there by the runner.
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
    const spool = join(this.#runDirectory, 'tasks', encodeTaskName(task));
    this.#spools.set(task, spool);
    return { spool, environment: {}, shmDirectory: null, spareSpool: null, socket: null };
  }

  async seal(task: TaskName, { scriptText, settle, captured }: Left): Promise<readonly Entry[]> {
    const directory = this.#spools.get(task);
    if (directory === undefined) return [];
    const spool: Spool = { task, directory, scriptText };
    const entries = (await readSpool(spool)).map((value) => toEntry(spool, value));
    if (captured !== undefined) entries.push(...notAmong(entries, captured));
    return settle ? replaceEntries(entries, await settle(entries)) : entries;
  }

  /** Dependents read the JSON, which is there. */
  async restore(_task: TaskName, values: readonly OutputValue[]): Promise<readonly Entry[]> {
    return values;
  }

  takeNotices(): readonly [] {
    return [];
  }

  discard(task: TaskName): Promise<void> {
    return this.release(task);
  }

  async release(task: TaskName): Promise<void> {
    const spool = this.#spools.get(task);
    if (spool === undefined) return;
    this.#spools.delete(task);
    const names = attempt('read', spool, () => readdirSync(spool)).filter(isSpoolFile);
    for (const path of names.map((name) => join(spool, name)))
      attempt('remove', path, () => rmSync(path, { force: true }));
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
