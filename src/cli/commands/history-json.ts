import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { encodeTaskName } from '../../base/task-name.ts';
import type { RunSummary } from '../../history/index-store.ts';
import type { RunRecord, TaskRecord } from '../../history/run-record.ts';
import { earlierAttempts } from './history-attempts.ts';

/** What `otto history --json` prints: docs/history.md. Fields may be added, not changed. */
export const runsJson = (runs: readonly RunSummary[]): string => jsonText(runs.map(summaryJson));

const summaryJson = (run: RunSummary) => ({
  run: run.run,
  project: run.project,
  result: run.result,
  startedAt: run.startedAt.toISOString(),
  durationMs: run.durationMs,
  store: run.store,
  command: run.command,
  directory: run.directory,
  tasks: run.tasks.map(({ name, result, durationMs }) => ({ name, result, durationMs })),
});

export const runJson = (run: RunRecord): string =>
  jsonText({
    ...summaryJson(run),
    ottofile: run.ottofile,
    finishedAt: run.finishedAt?.toISOString() ?? null,
    tasks: run.tasks.map(taskJson),
  });

/** What `otto history RUN TASK --json` prints. */
export const taskJsonText = (run: RunRecord, task: TaskRecord): string =>
  jsonText({ run: run.run, ...taskJson(task) });

const taskJson = (task: TaskRecord) => ({
  name: task.name,
  result: task.result,
  outcome: task.outcome,
  startedAt: task.startedAt?.toISOString() ?? null,
  durationMs: task.durationMs,
  directory: task.directory,
  ...filesOf(task),
  attempts: earlierAttempts(task).map(({ attempt, reason, directory }) => ({
    attempt,
    reason,
    stdout: fileIn(directory, 'stdout.log'),
    stderr: fileIn(directory, 'stderr.log'),
  })),
  values: task.values,
  store: task.store,
  storeReason: task.storeReason,
  streams: task.streams,
});

/** The files a task left; null for those that it did not get to. */
export function filesOf(task: TaskRecord): {
  readonly stdout: string | null;
  readonly stderr: string | null;
  readonly output: string | null;
} {
  const file = (name: string): string | null => fileIn(task.directory, name);
  return {
    stdout: file('stdout.log'),
    stderr: file('stderr.log'),
    output: file(`output.${encodeTaskName(task.name)}.json`),
  };
}

function fileIn(directory: string, name: string): string | null {
  const path = join(directory, name);
  return existsSync(path) ? path : null;
}

const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
