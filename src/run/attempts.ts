import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../base/io-failure.ts';
import type { Retries } from '../ottofile/model.ts';
import { attemptTask } from './attempt.ts';
import type { ExecutorContext, ReachedTask } from './executor-context.ts';
import { type Ended, outcomeOf } from './outcome.ts';
import { taskDirectory } from './run-directory.ts';

/**
 * Runs a task's script until it succeeds, or has been tried as often as its `retries` say. Each attempt begins without the
 * processes and the values of the one before; its logs are kept aside. While it waits the task keeps its place among the running.
 */
export async function attemptRepeatedly(
  context: ExecutorContext,
  reached: ReachedTask,
  retries: Retries,
): Promise<Ended> {
  const { task } = reached;
  let end = await attemptTask(context, reached);
  for (let number = 1; number <= retries.times && mayTryAgain(end); number++) {
    if (context.cuts.of(task) !== null) return end;
    await announce(context, { reached, retries, number, end });
    if (context.cuts.of(task) !== null) return end;
    setLogsAside(taskDirectory(context.runDirectory, task.name), number);
    end.printed?.removeFiles();
    await context.data.discard(task.name);
    const next = await attemptTask(context, { ...reached, attempt: number + 1 });
    // Cut short before it could start: the task has run all the same.
    end = next.process === null ? { ...next, process: end.process } : next;
  }
  return end;
}

/** Not what would fail in the same way again: a script that cannot be started, values or logs that cannot be written. */
function mayTryAgain(end: Ended): boolean {
  if (end.cut !== null && end.cut.kind !== 'timeout') return false;
  if (end.process === null || end.failure !== null) return false;
  return end.process.kind !== 'not-started' && outcomeOf(end).kind === 'failed';
}

interface FailedAttempt {
  readonly reached: ReachedTask;
  readonly retries: Retries;
  readonly number: number;
  readonly end: Ended;
}

async function announce(
  context: ExecutorContext,
  { reached, retries, number, end }: FailedAttempt,
): Promise<void> {
  const outcome = outcomeOf(end);
  if (outcome.kind !== 'failed') return;
  const { task } = reached;
  const delayMs = delayBefore(retries, number);
  context.emit({
    type: 'task-retrying',
    task: task.name,
    attempt: number,
    attempts: retries.times + 1,
    delayMs,
    reason: outcome.reason,
  });
  await context.endTask(task.name);
  await context.cuts.wait(task, delayMs).over;
}

/** `attempt`, from 1, has failed. */
export const delayBefore = ({ delayMs, factor, maxDelayMs }: Retries, attempt: number): number =>
  Math.min(delayMs * factor ** (attempt - 1), maxDelayMs);

function setLogsAside(directory: string, number: number): void {
  const aside = join(directory, 'attempts', String(number));
  attempt('create', aside, () => mkdirSync(aside, { recursive: true, mode: 0o700 }));
  for (const name of ['stdout.log', 'stderr.log'])
    attempt('move', join(directory, name), () => renameSync(join(directory, name), join(aside, name)));
}
