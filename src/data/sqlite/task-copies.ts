import { rmSync } from 'node:fs';
import type { TaskName } from '../../base/task-name.ts';
import type { LargeFiles } from './large-files.ts';
import type { ValueRow } from './statements.ts';

/** Copies of large values by task: those that nobody asks for any more are removed when the task ends. */
export class TaskCopies {
  readonly #files: LargeFiles;
  readonly #byTask = new Map<TaskName, Set<number>>();

  constructor(files: LargeFiles) {
    this.#files = files;
  }

  add(task: TaskName, copy: number): void {
    const known = this.#byTask.get(task);
    if (known === undefined) this.#byTask.set(task, new Set([copy]));
    else known.add(copy);
  }

  /** Removes the file of a value that is there no more. */
  forget(task: TaskName, row: ValueRow | null): void {
    if (row?.own && this.#byTask.get(task)?.delete(row.own)) this.#files.removeCopies([row.own]);
    if (row?.file && row.own !== null) rmSync(this.#files.absolute(row.file), { force: true });
  }

  /** Removes all of a task's but those with these paths. */
  keepOnly(task: TaskName, paths: ReadonlySet<string>): void {
    const copies = [...(this.#byTask.get(task) ?? [])];
    this.#files.removeCopies(copies.filter((copy) => !paths.has(this.#files.pathOf(copy))));
  }

  release(task: TaskName): void {
    this.#files.removeCopies(this.#byTask.get(task) ?? []);
    this.#byTask.delete(task);
  }

  removeAll(): void {
    for (const task of [...this.#byTask.keys()]) this.release(task);
  }
}
