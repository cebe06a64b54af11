import { unreachable } from '../base/result.ts';
import type { Listener, RunEvent, RunResult } from '../run/events.ts';
import { Counts } from './counts.ts';
import { type Explain, FailedTasks } from './failures.ts';
import type { Screen } from './screen.ts';
import { listedNames, quotedName } from './shown-name.ts';
import { durationWords } from './words.ts';

/** So many tasks are named as the reason why others did not start. */
const SHOWN_CAUSES = 10;

/**
 * At the end: how many tasks ended in which way and how long it took, what did not start and why, and then, as the last thing on
 * the screen, every task that failed.
 */
export function summaryReporter(screen: Screen, explain: Explain): Listener {
  const failed = new FailedTasks();
  const counts = new Counts();
  return (event) => {
    failed.listen(event);
    if (event.type === 'task-finished') counts.add(event.task, event.outcome);
    if (event.type !== 'run-finished') return;
    screen.lines('stderr', `${headline(event, counts)}${notStarted(counts)}`);
    failed.show(screen, explain);
  };
}

const headline = (
  { result, durationMs }: Extract<RunEvent, { type: 'run-finished' }>,
  counts: Counts,
): string => `otto: ${summaryWords(result, counts)} in ${durationWords(durationMs)}\n`;

/**
 * `3 tasks succeeded, 2 up to date`; `interrupted: 1 succeeded, 1 failed, 2 not started`. When no task has failed otto has: what could
 * not be written or removed is told after this.
 */
function summaryWords(result: RunResult, counts: Counts): string {
  switch (result) {
    case 'succeeded':
      return goodWords(counts);
    case 'failed':
      return counts.anyFailed
        ? `failed: ${listOf(counts)}`
        : `${goodWords(counts)}, but otto failed to keep or clear all they left,`;
    case 'interrupted':
      return counts.total === 0 ? 'interrupted' : `interrupted: ${listOf(counts)}`;
    default:
      return unreachable(result);
  }
}

function goodWords(counts: Counts): string {
  const [first = '0 succeeded', ...rest] = parts(counts);
  const [number = '0', ...words] = first.split(' ');
  return [`${number} ${number === '1' ? 'task' : 'tasks'} ${words.join(' ')}`, ...rest].join(', ');
}

const listOf = (counts: Counts): string => parts(counts).join(', ');

const parts = (counts: Counts): string[] =>
  (
    [
      [counts.succeeded, 'succeeded'],
      [counts.fresh, 'up to date'],
      [counts.leftOut, 'left out'],
      [counts.failed, 'failed'],
      [counts.timedOut, 'timed out'],
      [counts.stopped, 'stopped'],
      [counts.notStarted, 'not started'],
    ] as const
  )
    .filter(([n]) => n > 0)
    .map(([n, words]) => `${n} ${words}`);

/** One line for each failure that others were waiting for. */
function notStarted({ waitedFor }: Counts): string {
  const causes = [...waitedFor].slice(0, SHOWN_CAUSES).map(([cause, tasks]) => {
    const why =
      cause === null
        ? 'another task had failed (-k goes on)'
        : `${tasks.length === 1 ? 'it needs' : 'they need'} ${quotedName(cause)}, which failed`;
    return `  not started: ${listedNames(tasks)}: ${why}\n`;
  });
  const more = waitedFor.size - causes.length;
  return causes.join('') + (more > 0 ? `  … for ${more} more failures\n` : '');
}
