import type { TaskName } from '../../base/task-name.ts';
import { MAX_KEY_BYTES } from '../value.ts';

/** Whether a run has a task of this name. */
export type IsTask = (name: string) => boolean;

export interface Owned {
  readonly task: TaskName;
  readonly key: string;
}

/** Names of otto's own keys begin so; no task's do. */
export const PRIVATE = '\0otto:';
/** A longer name is no task's. */
const MAX_NAME_BYTES = 3 * MAX_KEY_BYTES;

/**
 * The name of a task's value in Redis: `task:key`. Where that reads as another task's, NUL stands between them, which neither a
 * task's name nor a key can hold.
 */
export function redisKey({ task, key }: Owned, isTask: IsTask): string {
  const plain = `${task}:${key}`;
  const owner = ownerOf(Buffer.from(plain), isTask);
  return owner?.task === task && owner.key === key ? plain : `${task}\0${key}`;
}

/** Whose value a key of Redis is: of the task with the longest name that fits. */
export function ownerOf(name: Buffer, isTask: IsTask): Owned | null {
  if (name.length > MAX_NAME_BYTES) return null;
  const text = name.toString();
  if (!Buffer.from(text).equals(name)) return null;
  const nul = text.indexOf('\0');
  const end = nul >= 0 ? nul : longest(text, isTask);
  const [task, key] = [text.slice(0, Math.max(end, 0)), text.slice(end + 1)];
  return isTask(task) && isKey(key) ? { task: task as TaskName, key } : null;
}

function longest(text: string, isTask: IsTask): number {
  let at = text.lastIndexOf(':');
  while (at > 0 && !isTask(text.slice(0, at))) at = text.lastIndexOf(':', at - 1);
  return at;
}

/** The key that one of no task may be a misspelling of: `nearest` knows which task's name is the most similar. */
export function meantKey(name: Buffer, nearest: (task: string) => string | undefined): string | null {
  const text = name.toString();
  let meant: string | null = null;
  for (let at = text.lastIndexOf(':'); at > 0; at = text.lastIndexOf(':', at - 1)) {
    const word = text.slice(0, at);
    const task = nearest(word);
    if (task === undefined || !isKey(text.slice(at + 1))) continue;
    // Rather a name with as many parts than one that has taken some of the key's.
    if (parts(task) === parts(word)) return `${task}${text.slice(at)}`;
    meant ??= `${task}${text.slice(at)}`;
  }
  return meant;
}

const parts = (name: string): number => name.split(':').length;

const isKey = (key: string): boolean =>
  key !== '' && !key.includes('\0') && Buffer.byteLength(key) <= MAX_KEY_BYTES;

/** The names of a run's values. One that was given stays, also when a task joins later whose name would fit it better. */
export class Names {
  readonly #isTask: IsTask;
  readonly #given = new Map<TaskName, Map<string, string>>();
  readonly #owners = new Map<string, Owned>();

  constructor(isTask: IsTask) {
    this.#isTask = isTask;
  }

  of(owned: Owned): string {
    const names = this.#given.get(owned.task) ?? new Map<string, string>();
    this.#given.set(owned.task, names);
    const name = names.get(owned.key) ?? redisKey(owned, this.#isTask);
    names.set(owned.key, name);
    this.#owners.set(name, owned);
    return name;
  }

  ownerOf(name: Buffer): Owned | null {
    return this.#owners.get(name.toString()) ?? ownerOf(name, this.#isTask);
  }

  forget(task: TaskName): void {
    for (const name of this.#given.get(task)?.values() ?? []) this.#owners.delete(name);
    this.#given.delete(task);
  }
}
