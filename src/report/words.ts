import { constants } from 'node:os';
import type { Failure } from '../base/failure.ts';
import { unreachable } from '../base/result.ts';
import type { FailureReason, Outcome, RunEvent, SkipReason } from '../run/events.ts';
import { quotedName } from './shown-name.ts';

/** What a failure is in words; made in src/cli/messages.ts. */
export type DescribeFailure = (failure: Failure) => {
  readonly message: string;
  readonly hint?: string | undefined;
};

export interface Words {
  readonly message: string;
  readonly hint?: string | undefined;
}

/** How a task ended, to be put after its name. */
export function outcomeWords(outcome: Outcome, describe: DescribeFailure): Words {
  switch (outcome.kind) {
    case 'succeeded':
      return { message: 'succeeded' };
    case 'failed':
      return reasonWords(outcome.reason, describe);
    case 'fresh':
      return { message: 'is up to date' };
    case 'skipped':
      return { message: skipWords(outcome.because) };
    default:
      return unreachable(outcome);
  }
}

export function reasonWords(reason: FailureReason, describe: DescribeFailure): Words {
  switch (reason.kind) {
    case 'exit':
      return exitWords(reason.code);
    case 'signal':
      return { message: `was ended by ${reason.signal}`, hint: SIGNAL_HINTS[reason.signal] };
    case 'interrupted':
      return { message: 'was interrupted' };
    case 'stopped':
      return { message: 'was stopped: another task had failed' };
    case 'timeout':
      return timeoutWords(reason, describe);
    case 'not-started':
      return reason.isDirectory ? badDirectoryWords(reason) : notStartedWords(reason.command, reason.code);
    case 'stream-cut':
      return {
        message: `failed: it has not got all of the stream of ${quotedName(reason.task)}, which failed`,
        hint: 'what it has made of the part that it got is not to be relied on',
      };
    case 'otto': {
      const { message, hint } = describe(reason.failure);
      return { message: `failed: ${message}`, hint };
    }
    default:
      return unreachable(reason);
  }
}

function timeoutWords(
  { limitMs, variable }: Extract<FailureReason, { kind: 'timeout' }>,
  describe: DescribeFailure,
): Words {
  const message = `timed out after ${durationWords(limitMs)}`;
  if (variable === undefined)
    return { message, hint: 'its "timeout" in the ottofile says how long it may take' };
  const waited = `it was waiting for the value of ${JSON.stringify(variable.name)}`;
  const { message: where } = describe({ kind: 'ottofile', at: variable.at, message: waited });
  return {
    message: `${message}: ${where}`,
    hint: 'its "timeout" in the ottofile also says how long commands of "envs" may take for it',
  };
}

/** What shells mean by these codes. */
const EXIT_HINTS: Readonly<Record<number, string>> = {
  126: 'a command it names cannot be executed: check its permissions',
  127: 'a command it names was not found: check its spelling and PATH',
};

const SIGNAL_HINTS: Readonly<Partial<Record<NodeJS.Signals, string>>> = {
  SIGKILL: 'the system does that when memory runs out',
};

/** For a command of a script that a signal has ended, which shells tell as 128 and the signal's number. */
const COMMAND_SIGNAL_HINTS: Readonly<Partial<Record<NodeJS.Signals, string>>> = {
  ...SIGNAL_HINTS,
  SIGPIPE: 'a command wrote to a pipe whose reader had ended, as in "yes | head": with pipefail that counts',
};

function exitWords(code: number): Words {
  const signal = signalOf(code - 128);
  const message = `failed with exit code ${code}${signal === null ? '' : ` (${signal})`}`;
  return { message, hint: signal === null ? EXIT_HINTS[code] : COMMAND_SIGNAL_HINTS[signal] };
}

function signalOf(number: number): NodeJS.Signals | null {
  if (number <= 0) return null;
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return (found?.[0] as NodeJS.Signals | undefined) ?? null;
}

function badDirectoryWords({ command, code }: { readonly command: string; readonly code: string }): Words {
  const what = `its directory ${JSON.stringify(command)}`;
  const problem = DIRECTORY_PROBLEMS[code] ?? `cannot be used (${code})`;
  return {
    message: `could not be started: ${what} ${problem}`,
    hint: 'its "dir" in the ottofile says where it runs; without one it is the ottofile\'s directory',
  };
}

const DIRECTORY_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'was not found',
  ENOTDIR: 'is not a directory',
  EACCES: 'may not be entered (EACCES)',
};

function notStartedWords(command: string, code: string): Words {
  const what = JSON.stringify(command);
  switch (code) {
    case 'ENOENT':
      return {
        message: `could not be started: ${what} was not found`,
        hint: command.includes('/') ? 'check that the path exists' : 'install it, or check PATH',
      };
    case 'EACCES':
      return { message: `could not be started: permission for ${what} was denied (EACCES)` };
    case 'ENOTDIR':
      return { message: `could not be started: ${what} is not a directory` };
    case 'E2BIG':
      return {
        message: 'could not be started: its environment is too large for the system (E2BIG)',
        hint: 'one variable holds at most 131,071 bytes with its name; pass large values by OUTPUT and INPUT',
      };
    case 'EMFILE':
    case 'ENFILE':
      return {
        message: `could not be started: too many open files (${code})`,
        hint: 'run fewer tasks at once (-j), or raise "ulimit -n"',
      };
    case 'EAGAIN':
      return {
        message: 'could not be started: the system has no room for another process (EAGAIN)',
        hint: 'run fewer tasks at once (-j), or raise "ulimit -u"',
      };
    default:
      return { message: `could not be started: ${what}: ${code}` };
  }
}

function skipWords(because: SkipReason): string {
  switch (because.kind) {
    case 'dependency':
      return `did not start: it needs ${quotedName(because.task)}`;
    case 'interrupted':
      return 'did not start: the run was interrupted';
    case 'stopped':
      return 'did not start: another task had failed (-k goes on)';
    case 'condition':
      return 'was left out: its "if" is false';
    default:
      return unreachable(because);
  }
}

/** `attempt 1 of 3 failed with exit code 1; again in 2s`. */
export function retryWords(
  { attempt, attempts, delayMs, reason }: Extract<RunEvent, { type: 'task-retrying' }>,
  describe: DescribeFailure,
): string {
  const { message } = reasonWords(reason, describe);
  const again = delayMs === 0 ? 'again at once' : `again in ${durationWords(delayMs)}`;
  return `attempt ${attempt} of ${attempts} ${message}; ${again}`;
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `16 MiB`, `1.5 GiB`. */
export function sizeWords(bytes: number): string {
  if (bytes === 1) return '1 byte';
  const step = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), UNITS.length - 1);
  const scaled = bytes / 1024 ** step;
  return `${Number.isInteger(scaled) ? scaled : scaled.toFixed(1)} ${UNITS[step]}`;
}

/** `0.4s`, `12s`, `3m 05s`, `1h 02m`. */
export function durationWords(ms: number): string {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${twoDigits(seconds % 60)}s`;
  return `${Math.floor(minutes / 60)}h ${twoDigits(minutes % 60)}m`;
}

const twoDigits = (n: number): string => String(n).padStart(2, '0');

export const counted = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;
