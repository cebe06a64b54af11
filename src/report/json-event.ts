import { isUtf8 } from 'node:buffer';
import { basename, join } from 'node:path';
import { unreachable } from '../base/result.ts';
import type { FailureReason, Outcome, RunEvent } from '../run/events.ts';
import type { Counts } from './counts.ts';
import { noticeWords } from './notice-words.ts';
import type { StreamName } from './screen.ts';
import { staleWords } from './stale-words.ts';
import { storeWords } from './store-words.ts';
import { type DescribeFailure, outcomeWords, reasonWords, retryWords } from './words.ts';

/** docs/events.md: raised when something that is there changes its meaning or goes. */
export const EVENTS_VERSION = 1;

type Json = Readonly<Record<string, unknown>>;
type Of<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

/** What an event is as JSON. `task-output` is cut into lines before. */
export function jsonOf(
  event: Exclude<RunEvent, { type: 'task-output' | 'run-finished' }>,
  describe: DescribeFailure,
): Json {
  switch (event.type) {
    case 'run-started': {
      const { type, at, directory, tasks } = event;
      return {
        type,
        version: EVENTS_VERSION,
        at: at.toISOString(),
        run: basename(directory),
        directory,
        tasks,
      };
    }
    case 'task-started':
      return { ...event, at: event.at.toISOString() };
    case 'task-notice':
    case 'run-notice':
      return { ...event, message: noticeWords(event.notice) };
    case 'task-stale':
      return { ...event, message: staleWords(event.why) };
    case 'task-store':
      return { ...event, message: storeWords(event.why) };
    case 'task-retrying':
      return retryingJson(event, describe);
    case 'task-finished':
      return finishedJson(event, describe);
    case 'task-progress':
      return { ...event };
    case 'tasks-added':
    case 'values-kept':
    case 'stream-kept':
    case 'interrupted':
      return event;
    default:
      return unreachable(event);
  }
}

export const outputJson = (task: string, stream: StreamName, bytes: Buffer): Json => ({
  type: 'task-output',
  task,
  stream,
  ...(isUtf8(bytes) ? { text: bytes.toString('utf8') } : { base64: bytes.toString('base64') }),
});

export function runFinishedJson({ type, at, result, durationMs }: Of<'run-finished'>, counts: Counts): Json {
  const { succeeded, fresh, failed, timedOut, stopped, leftOut, notStarted } = counts;
  return {
    type,
    at: at.toISOString(),
    result,
    durationMs: Math.round(durationMs),
    counts: { succeeded, fresh, failed, timedOut, stopped, leftOut, notStarted },
  };
}

function retryingJson(event: Of<'task-retrying'>, describe: DescribeFailure): Json {
  const { type, task, attempt, attempts, delayMs, reason } = event;
  return {
    type,
    task,
    attempt,
    attempts,
    delayMs,
    reason: reasonJson(reason, describe),
    message: retryWords(event, describe),
  };
}

function finishedJson(event: Of<'task-finished'>, describe: DescribeFailure): Json {
  const { type, task, outcome, at, durationMs, directory } = event;
  return {
    type,
    task,
    at: at.toISOString(),
    outcome: outcomeJson(outcome, describe),
    ...outcomeWords(outcome, describe),
    durationMs: Math.round(durationMs),
    directory,
    ...(hasRun(outcome) && { stdout: join(directory, 'stdout.log'), stderr: join(directory, 'stderr.log') }),
  };
}

/** A task whose time was over before it began has no logs. */
const hasRun = (outcome: Outcome): boolean =>
  outcome.kind === 'succeeded' ||
  (outcome.kind === 'failed' && !('variable' in outcome.reason && outcome.reason.variable !== undefined));

const outcomeJson = (outcome: Outcome, describe: DescribeFailure): Json =>
  outcome.kind === 'failed' ? { kind: 'failed', reason: reasonJson(outcome.reason, describe) } : outcome;

/** What otto could not do is told in words: its parts are otto's own affair. */
function reasonJson(reason: FailureReason, describe: DescribeFailure): Json {
  if (reason.kind !== 'otto') return reason;
  return { kind: 'otto', message: reasonWords(reason, describe).message };
}
