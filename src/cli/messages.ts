import { isAbsolute, relative } from 'node:path';
import { getSystemErrorMap } from 'node:util';
import type { Failure, SourcePlace } from '../base/failure.ts';
import { unreachable } from '../base/result.ts';
import { quote, visible } from '../ottofile/quote.ts';
import { suggest } from '../ottofile/suggest.ts';
import { type UsageFailure, usage } from './usage.ts';

/** What a failure is in words: what happened where, and the next step when there is one. */
export interface Words {
  readonly message: string;
  readonly hint?: string | undefined;
}

export function describeFailure(failure: Failure): Words {
  switch (failure.kind) {
    case 'usage':
      return failure;
    case 'no-ottofile':
      return describeNoOttofile(failure);
    case 'io':
      return {
        message: `cannot ${failure.action} ${showPath(failure.path)}: ${errnoWords(failure.code)}`,
        hint: failure.hint ?? IO_HINTS[failure.code],
      };
    case 'native-missing':
      return {
        message: `${failure.what} is not there: ${visible(failure.detail)}`,
        hint: 'build it with "npm rebuild" in the directory of otto; without --fast everything works without it',
      };
    case 'shm':
      return {
        message: `shared memory: cannot ${failure.action} ${showPath(failure.path)}: ${visible(failure.detail)}`,
        hint: 'without --fast values travel through files',
      };
    case 'redis':
      return {
        message: `cannot ${failure.action} ${visible(failure.where)}: ${visible(failure.detail)}`,
        hint: failure.hint,
      };
    case 'newer-version':
      return {
        message: `${showPath(failure.path)} has version ${failure.found}; this otto knows up to ${failure.known}`,
        hint: 'use the otto that wrote it, or a newer one',
      };
    case 'value':
      return {
        message: `the value ${quote(failure.key)} of task ${quote(failure.task)}: ${visible(failure.detail)}`,
      };
    case 'ottofile':
      return {
        message: `${showPlace(failure.at)}: ${failure.message.split('\n').map(visible).join('\n')}`,
        hint: failure.hint,
      };
    case 'outputs':
      return {
        message: failure.problems
          .map(({ at, message }) => `${showPlace(at)}: ${visible(message)}`)
          .join('; '),
        hint: failure.problems.some(({ message }) => NAMES_FILE.test(message)) ? FILES_HINT : undefined,
      };
    case 'output-file':
      return describeOutputFile(failure);
    case 'sqlite-missing':
      return {
        message: 'the store sqlite needs SQLite: neither better-sqlite3 nor node:sqlite loads',
        hint: SQLITE_HINT,
      };
    case 'store-unknown':
      return describeUnknownStore(failure);
    default:
      return unreachable(failure);
  }
}

/** The same for a failure that was read from a run.json: another otto may have written it. */
export function describeKeptFailure(failure: Failure): Words {
  try {
    return describeFailure(failure);
  } catch {
    return { message: visible(JSON.stringify(failure)) };
  }
}

/** How to get SQLite. */
export const SQLITE_HINT = '"npm rebuild better-sqlite3" in the directory of otto, or Node 22.13 or newer';

/**
 * 2: the command line, the ottofile or this machine keep otto from doing what was asked. 1: something went wrong later.
 * `started` tells whether a task may have run.
 */
export function failureExitCode(failure: Failure, started: boolean): 1 | 2 {
  return started && !['usage', 'no-ottofile', 'store-unknown', 'sqlite-missing'].includes(failure.kind)
    ? 1
    : 2;
}

function describeOutputFile({ path, problems, more }: Extract<Failure, { kind: 'output-file' }>): Words {
  const lines = problems.map(({ line, detail }) => `line ${line}: ${visible(detail)}`);
  const rest = more === 0 ? '' : `; and ${more} more`;
  return {
    message: `$OTTO_OUTPUT: ${lines.join('; ')}${rest}`,
    hint: `it takes lines "key=value", and "key<<END", lines, "END"; see ${showPath(path)}`,
  };
}

function describeUnknownStore({ name, from, known }: Extract<Failure, { kind: 'store-unknown' }>): Words {
  const near = suggest(name, known);
  return {
    message: `${from} names the store ${quote(name)}, which there is not`,
    hint: `${near === undefined ? '' : `did you mean "${near}"? `}there are ${known.join(', ')}`,
  };
}

function describeNoOttofile({ start, names }: Extract<Failure, { kind: 'no-ottofile' }>): Words {
  return {
    message: `there is no ottofile in ${visible(start)} or a directory above it`,
    hint: `otto looks for ${names.join(', ')}; -o names another file; the shortest is "tasks: {hello: {bash: echo hello}}"`,
  };
}

const IO_HINTS: Readonly<Record<string, string>> = {
  EACCES: 'check its permissions and its owner',
  EPERM: 'check its permissions and its owner',
  EROFS: 'choose another place for what runs leave: OTTO_HOME=DIR',
  ENOSPC: 'make room there; "otto clean" removes old runs',
  EDQUOT: 'make room there; "otto clean" removes old runs',
  EMFILE: 'run fewer tasks at once (-j), or raise "ulimit -n"',
};

/** `no such file or directory (ENOENT)`; words of another kind are taken as they are. */
export function errnoWords(code: string): string {
  for (const [name, words] of getSystemErrorMap().values()) if (name === code) return `${words} (${code})`;
  return visible(code);
}

/** A key that looks like the name of a file. */
const NAMES_FILE = /has not set "[^"]*[./*][^"]*"/;
const FILES_HINT =
  'files that a task makes are its "output"; "outputs" are the values that it sets with OUTPUT';

/** A path as the user would type it: relative when it lies below the current directory. */
export function showPath(path: string): string {
  if (!isAbsolute(path)) return visible(path);
  const near = relative(process.cwd(), path);
  return visible(near === '' ? '.' : near.startsWith('..') ? path : near);
}

const showPlace = ({ file, line, column }: SourcePlace): string => `${showPath(file)}:${line}:${column}`;

/** Names for a hint; a long list is cut. */
export function showNames(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => visible(name));
  return shown.join(', ') + (names.length > shown.length ? `, … (${names.length} in all: otto list)` : '');
}

/** The names that are no task; `near` is what the first may have been meant to be. */
export function unknownTasks(
  unknown: readonly string[],
  near: string | undefined,
  names: readonly string[],
): UsageFailure {
  const known = names.length === 0 ? 'the ottofile has no tasks' : `the tasks are: ${showNames(names)}`;
  return usage(
    `there is no task ${unknown.map(quote).join(' or ')}`,
    near === undefined ? known : `did you mean "${near}"?`,
  );
}

export function noDefaultTasks(path: string, names: readonly string[]): UsageFailure {
  const file = showPath(path);
  if (names.length === 0)
    return usage(`${file} has no tasks`, 'write them under "tasks:", each as "name:" with its keys');
  return usage(
    `no task was named, and ${file} declares no default tasks`,
    `the tasks are: ${showNames(names)}`,
  );
}
