import { unreachable } from '../base/result.ts';
import type { Listener, Outcome, RunResult } from '../run/events.ts';
import { FailedTasks } from './failures.ts';
import type { Screen } from './screen.ts';
import { counted, type DescribeFailure, durationWords } from './words.ts';

/** At the end: how many tasks, how long, and then, as the last thing on the screen, every task that failed. */
export function summaryReporter(screen: Screen, describe: DescribeFailure): Listener {
  const failed = new FailedTasks();
  const counts = { succeeded: 0, fresh: 0, failed: 0, skipped: 0 };
  return (event) => {
    failed.listen(event);
    if (event.type === 'task-finished') counts[event.outcome.kind]++;
    if (event.type !== 'run-finished') return;
    screen.lines(
      'stderr',
      `otto: ${summaryWords(event.result, counts)} in ${durationWords(event.durationMs)}\n`,
    );
    failed.show(screen, describe);
  };
}

type Counts = Readonly<Record<Outcome['kind'], number>>;

/**
 * `3 tasks succeeded`; `interrupted: 1 succeeded, 1 failed, 2 not started`. When no task has failed otto has: what could not be
 * written or removed is told after this.
 */
function summaryWords(result: RunResult, counts: Counts): string {
  const parts = [
    [counts.succeeded, 'succeeded'],
    [counts.fresh, 'up to date'],
    [counts.failed, 'failed'],
    [counts.skipped, 'not started'],
  ] as const;
  switch (result) {
    case 'succeeded':
      return `${counted(counts.succeeded, 'task', 'tasks')} succeeded`;
    case 'failed':
    case 'interrupted': {
      if (result === 'failed' && counts.failed === 0)
        return `${counted(counts.succeeded, 'task', 'tasks')} succeeded, but otto failed to keep or clear all they left,`;
      const list = parts.filter(([n]) => n > 0).map(([n, words]) => `${n} ${words}`);
      return [result, list.join(', ')].filter((part) => part !== '').join(': ');
    }
    default:
      return unreachable(result);
  }
}
