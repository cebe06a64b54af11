import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FailureError } from '../base/failure.ts';
import { attempt } from '../base/io-failure.ts';

/** Where the values of a task are before they are in history, as its task.json tells (docs/task-protocol.md, section 1). */
export interface TaskPlace {
  readonly store: string;
  /** Absolute path; with the shm store it is the directory of the task's region. */
  readonly spool: string;
  /** What the script reads; it gives bash's OUTPUT its order. */
  readonly scriptText: string;
}

/** The version of task.json that this otto reads. */
const KNOWN_VERSION = 1;

/** Null when the task has not begun, or when nothing is left of where its values were. */
export function readTaskPlace(taskDirectory: string): TaskPlace | null {
  const path = join(taskDirectory, 'task.json');
  if (!existsSync(path)) return null;
  const json = parse(path);
  if (json === null) return null;
  const { version, store, spool, script } = json;
  if (typeof version === 'number' && version > KNOWN_VERSION)
    throw new FailureError({ kind: 'newer-version', path, found: version, known: KNOWN_VERSION });
  if (typeof store !== 'string' || typeof spool !== 'string') throw unreadable(path);
  return existsSync(spool) ? { store, spool, scriptText: textOf(script?.path) } : null;
}

interface TaskJson {
  readonly version?: unknown;
  readonly store?: unknown;
  readonly spool?: unknown;
  readonly script?: { readonly path?: unknown } | null;
}

/** Null for a file that is being written just now: the task has not begun. */
function parse(path: string): TaskJson | null {
  const text = attempt('read', path, () => readFileSync(path, 'utf8'));
  if (!text.endsWith('\n')) return null;
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable(path);
  }
}

function textOf(script: unknown): string {
  return typeof script === 'string' && existsSync(script)
    ? attempt('read', script, () => readFileSync(script, 'utf8'))
    : '';
}

const unreadable = (path: string): FailureError =>
  new FailureError({ kind: 'io', action: 'read', path, code: 'not a record of a task' });
