import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { TaskName } from '../../src/base/task-name.ts';
import { type RunRecord, readRunRecord } from '../../src/history/run-record.ts';
import { placeKey, type RunPlace, runPath } from '../../src/history/state-tree.ts';
import type { Outcome } from '../../src/run/events.ts';
import { systemProcessTable } from '../../src/run/process-table.ts';
import { runTimestamp, writeRunJson } from '../../src/run/run-directory.ts';
import type { RunJson, TaskJson } from '../../src/run/run-json.ts';

export const FOLDER = 'demo-0123abcd';
export const DAY_MS = 24 * 60 * 60 * 1000;

/** A home of otto of its own, removed after the test. */
export function makeHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'otto-history-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

export interface RunToWrite {
  readonly folder?: string;
  readonly at?: Date;
  readonly json?: Partial<RunJson>;
}

let written = 0;

/** Writes a run's directory as the runner does; without `at`, each a second after the one before. */
export function writeRun(home: string, { folder = FOLDER, at, json = {} }: RunToWrite = {}): RunPlace {
  const startedAt = at ?? new Date(Date.UTC(2026, 10, 20) + 1000 * written++);
  const place = { folder, run: runTimestamp(startedAt) };
  const path = runPath(home, place);
  mkdirSync(join(path, 'tasks', 'build'), { recursive: true });
  writeFileSync(join(path, 'tasks', 'build', 'stdout.log'), 'built\n');
  writeRunJson(path, { ...finishedRun(startedAt), ...json });
  return place;
}

export const readRun = (home: string, place: RunPlace): RunRecord => {
  const record = readRunRecord(runPath(home, place));
  if (!record.ok) throw new Error(`${placeKey(place)}: ${record.error.kind}`);
  return record.value;
};

export function pointLatest(home: string, { folder, run }: RunPlace): void {
  const link = join(home, folder, 'latest');
  rmSync(link, { force: true });
  symlinkSync(run, link);
}

const finishedRun = (startedAt: Date): RunJson => ({
  version: 2,
  state: 'finished',
  result: 'succeeded',
  process: thisProcess(),
  otto: '0.1.0',
  arguments: ['run', 'build'],
  project: { name: 'demo', directory: '/projects/demo' },
  ottofile: '/projects/demo/otto.yml',
  store: 'files',
  startedAt: startedAt.toISOString(),
  finishedAt: new Date(startedAt.getTime() + 1500).toISOString(),
  durationMs: 1500.25,
  tasks: [task('build', { kind: 'succeeded' })],
});

export const task = (name: string, outcome: Outcome | null): TaskJson => ({
  name,
  directory: `tasks/${name}`,
  outcome,
  startedAt: '2026-11-20T00:00:00.000Z',
  durationMs: 12.5,
  values: [{ key: 'sha', type: 'string', bytes: 40, xxh128: '0'.repeat(32) }],
});

export const skipped = (needed: string): Outcome => ({
  kind: 'skipped',
  because: { kind: 'dependency', task: needed as TaskName },
});
export const exitedWith = (code: number): Outcome => ({ kind: 'failed', reason: { kind: 'exit', code } });

export const thisProcess = (): RunJson['process'] => ({
  pid: process.pid,
  startTicks: process.platform === 'linux' ? (systemProcessTable().read(process.pid)?.started ?? null) : null,
});

/** Some process that is no longer there: this pid, but started at another time. */
export const deadProcess = (): RunJson['process'] => ({ pid: process.pid, startTicks: '1' });

export const live = (): Partial<RunJson> => ({
  state: 'running',
  result: null,
  finishedAt: null,
  durationMs: null,
  tasks: [{ ...task('build', null), durationMs: null, values: [] }],
});

export const killed = (): Partial<RunJson> => ({ ...live(), process: deadProcess() });
