import { join } from 'node:path';
import { encodeTaskName, type TaskName } from '../../base/task-name.ts';
import type { Backend, ValueToPut } from '../broker/backend.ts';
import type { Entry } from '../value.ts';
import { SentValues } from './sent-values.ts';

/** Keeps values in otto's memory and in files of the tasks' spools, and nowhere else. */
export function createSocketBackend(runDirectory: string): Backend {
  return new SocketBackend(runDirectory);
}

class SocketBackend implements Backend {
  readonly name = 'socket';
  readonly environment = {};
  readonly #runDirectory: string;
  readonly #tasks = new Map<TaskName, SentValues>();

  constructor(runDirectory: string) {
    this.#runDirectory = runDirectory;
  }

  async start(): Promise<void> {}

  async open(): Promise<void> {}

  /** Nobody reaches values but through the broker, which has them. */
  async restore(): Promise<void> {}

  async put({ task, key, type, value }: ValueToPut): Promise<void> {
    this.#of(task).put(key, type, value);
  }

  async delete(task: TaskName, key: string): Promise<void> {
    this.#of(task).delete(key);
  }

  async get(task: TaskName, key: string): Promise<Entry | null> {
    return this.#tasks.get(task)?.entries.get(key) ?? null;
  }

  async seal(task: TaskName): Promise<readonly Entry[]> {
    const values = this.#tasks.get(task);
    values?.end();
    return [...(values?.entries.values() ?? [])];
  }

  discard(task: TaskName): Promise<void> {
    return this.release(task);
  }

  async release(task: TaskName): Promise<void> {
    this.#tasks.get(task)?.remove();
    this.#tasks.delete(task);
  }

  takeNotices(): readonly [] {
    return [];
  }

  async close(): Promise<void> {
    for (const task of [...this.#tasks.keys()]) await this.release(task);
  }

  #of(task: TaskName): SentValues {
    const known = this.#tasks.get(task);
    if (known !== undefined) return known;
    const made = new SentValues(join(this.#runDirectory, 'tasks', encodeTaskName(task)));
    this.#tasks.set(task, made);
    return made;
  }
}
