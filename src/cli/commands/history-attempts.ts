import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../../base/io-failure.ts';
import type { TaskRecord } from '../../history/run-record.ts';
import { reasonWords } from '../../report/words.ts';
import type { FailureReason } from '../../run/events.ts';
import { describeKeptFailure } from '../messages.ts';
import { misuse } from './state-context.ts';
import { cell } from './table.ts';

/** A failed attempt that another one has followed. */
export interface EarlierAttempt {
  /** From 1. */
  readonly attempt: number;
  /** Null in records of older versions. */
  readonly reason: FailureReason | null;
  /** Has its logs. */
  readonly directory: string;
}

export function earlierAttempts({ directory, attempts }: TaskRecord): readonly EarlierAttempt[] {
  const aside = join(directory, 'attempts');
  if (!existsSync(aside)) return [];
  return attempt('read', aside, () => readdirSync(aside))
    .filter((name) => /^[1-9]\d*$/.test(name))
    .map(Number)
    .sort((a, b) => a - b)
    .map((number) => ({
      attempt: number,
      reason: attempts[number - 1] ?? null,
      directory: join(aside, String(number)),
    }));
}

/** How many there were, why each but the last one failed, and where its logs are. Nothing of a task that was tried once. */
export function attemptRows(task: TaskRecord): string[][] {
  const earlier = earlierAttempts(task);
  if (earlier.length === 0) return [];
  // The last one may have been cut short before it could start.
  const last = existsSync(join(task.directory, 'stdout.log')) ? 1 : 0;
  return [
    ['attempts', String(earlier.length + last)],
    ...earlier.map(({ attempt, reason, directory }) => [
      `attempt ${attempt}`,
      cell(
        `${reason === null ? 'failed' : reasonWords(reason, describeKeptFailure).message}; logs: ${directory}`,
      ),
    ]),
  ];
}

/** Where the logs of one attempt are; of the last one when none is asked for. */
export function directoryOfAttempt(task: TaskRecord, asked: number | null): string {
  const earlier = earlierAttempts(task);
  const last = earlier.length + 1;
  if (asked === null || asked === last) return task.directory;
  const found = earlier.find(({ attempt }) => attempt === asked);
  if (found !== undefined) return found.directory;
  throw misuse(
    `there was no attempt ${asked}`,
    last === 1 ? 'the task was tried once' : `attempts are counted from 1 to ${last}`,
  );
}
