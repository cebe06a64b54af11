import type { TaskName } from '../base/task-name.ts';
import type { DataNotice } from './notice.ts';
import type { Entry } from './value.ts';

/** The values of one dependency. */
export interface TaskValues {
  readonly task: TaskName;
  /** What the script calls it, where that is not the task's whole name. */
  readonly localName?: string;
  readonly entries: readonly Entry[];
}

/** What a script calls a task: names of its own file go without the file's prefix. */
export const localNameOf = (task: TaskName, prefix = ''): string =>
  task.startsWith(prefix) ? task.slice(prefix.length) : task;

/** One value as INPUT names it. */
export interface InputKey {
  /** `<task>.<key>`, the task as the script calls it. */
  readonly fullKey: string;
  readonly task: TaskName;
  readonly entry: Entry;
}

export interface InputKeys {
  /** In the order of the given dependencies; each full key once. */
  readonly keys: readonly InputKey[];
  readonly notices: readonly DataNotice[];
}

/**
 * Names every value of a task's dependencies. When two spell alike (key `b.c` of `a`, key `c` of `a.b`), the longer task
 * name wins and a notice names both.
 */
export function nameInputs(dependencies: readonly TaskValues[]): InputKeys {
  const byName = new Map<string, InputKey[]>();
  for (const { task, localName = task, entries } of dependencies) {
    for (const entry of entries) {
      const fullKey = `${localName}.${entry.key}`;
      const sameName = byName.get(fullKey);
      if (sameName === undefined) byName.set(fullKey, [{ fullKey, task, entry }]);
      else sameName.push({ fullKey, task, entry });
    }
  }
  const keys: InputKey[] = [];
  const notices: DataNotice[] = [];
  for (const [key, candidates] of byName) {
    keys.push(longestTask(candidates));
    if (candidates.length > 1)
      notices.push({ kind: 'ambiguous-key', key, tasks: candidates.map((c) => c.task) });
  }
  return { keys, notices };
}

function longestTask(candidates: readonly InputKey[]): InputKey {
  return candidates.reduce((best, next) => (next.task.length > best.task.length ? next : best));
}

/**
 * Whether a bash script visibly reads this value by a command (`otto.get task.key`, `otto_get_input task.key`,
 * `otto-mmap-get task key`, `otto-recv task key`), so that it need not be told that INPUT lacks it. A command whose key is computed (`otto.get
 * "$key"`) may read any value.
 */
export function readsByCommand(scriptText: string, { fullKey, task, entry }: InputKey): boolean {
  for (const [, command, rest = ''] of scriptText.matchAll(READER)) {
    const [first = '', second = ''] = wordsOf(rest);
    if (first.startsWith('$')) return true;
    if (command !== 'otto-mmap-get' && command !== 'otto-recv') {
      if (first === fullKey) return true;
    } else if (first === task && (second === entry.key || second.startsWith('$'))) {
      return true;
    }
  }
  return false;
}

const READER = /(?:^|[^\w.-])(otto\.get|otto_get_input|otto-mmap-get|otto-recv)(?=[ \t]+([^\n]*))/gm;
const WORD = /"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"';|&<>()`]+)/g;

function wordsOf(text: string): string[] {
  return [...text.matchAll(WORD)]
    .slice(0, 2)
    .map(([, double, single, bare]) => double ?? single ?? bare ?? '');
}
