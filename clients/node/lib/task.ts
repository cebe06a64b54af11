import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What task.json says (docs/task-protocol.md, section 1), as far as this client needs it. */
export interface Task {
  readonly task: string;
  readonly inputs: readonly Dependency[];
  readonly addon: string | null;
  /** The socket that takes this task's values, in stores that have one. */
  readonly socket?: string;
  /** By the variable's name. */
  readonly params: Readonly<Record<string, string | boolean | readonly string[]>>;
}

export interface Dependency {
  readonly task: string;
  /** What the script calls it, where that is not its whole name: a task of the same file. */
  readonly as?: string;
  /** Of a task with `foreach`: its items, which are dependencies too. */
  readonly items?: readonly string[];
  /** Path of its values as JSON. */
  readonly json: string;
  /** Directory of its region, in the shm store. */
  readonly shm: string | null;
  /** The socket that gives its values, in stores that have one. */
  readonly socket?: string;
}

export const directory: string = process.env.OTTO_TASK_DIR ?? '';
/** Where values that this task sets go. */
export const spool: string = process.env.OTTO_SPOOL ?? '';
export const usesSharedMemory: boolean = process.env.OTTO_STORE === 'shm';
export const scriptPath: string = join(directory, 'script.mjs');

const KNOWN_VERSION = 1;
let loaded: Task | undefined;

export function loadTask(): Task {
  if (loaded !== undefined) return loaded;
  const path = join(directory, 'task.json');
  const found = JSON.parse(readFileSync(path, 'utf8')) as Task & { version: number };
  if (found.version !== KNOWN_VERSION)
    throw new Error(`${path} has version ${found.version}, this client knows ${KNOWN_VERSION}`);
  loaded = found;
  return found;
}
