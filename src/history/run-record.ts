import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Failure } from '../base/failure.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { TaskName } from '../base/task-name.ts';
import type { KeptValue } from '../data/value.ts';
import type { FailureReason, KeptStream, Outcome, SkipReason } from '../run/events.ts';
import { systemProcessTable } from '../run/process-table.ts';
import type { RunJson, TaskJson } from '../run/run-json.ts';
import type { StoreReason } from '../run/store-choice.ts';
import { isRunJson } from './run-json-check.ts';
import type { RunPlace } from './state-tree.ts';

export const RUN_RESULTS = ['succeeded', 'failed', 'interrupted', 'running'] as const;
export type RunResultNow = (typeof RUN_RESULTS)[number];
/** `unfinished`: the run goes on, or was killed before it could tell. */
export type TaskResult = 'unfinished' | Outcome['kind'];

export interface TaskRecord {
  readonly name: string;
  readonly result: TaskResult;
  /** How exactly it ended; null while unfinished. */
  readonly outcome: Outcome | null;
  readonly startedAt: Date | null;
  readonly durationMs: number | null;
  /** Holds the script, the logs and the values. */
  readonly directory: string;
  /** Why each failed that another one has followed. */
  readonly attempts: readonly FailureReason[];
  readonly values: readonly KeptValue[];
  /** Where its values lived while the run went on. */
  readonly store: string;
  /** Why there; null: every task of the run had that store. */
  readonly storeReason: StoreReason | null;
  /** What it wrote for others to read while it ran. */
  readonly streams: readonly KeptStream[];
}

/** One run as its run.json tells it. */
export interface RunRecord extends RunPlace {
  readonly directory: string;
  readonly project: { readonly name: string; readonly directory: string };
  readonly ottofile: string;
  readonly command: readonly string[];
  readonly store: string;
  /** `interrupted` also when run.json says running, but its process is gone. */
  readonly result: RunResultNow;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly durationMs: number | null;
  readonly tasks: readonly TaskRecord[];
}

/** The newest version of run.json that this otto reads; it reads all before it too. */
const KNOWN_VERSION = 2;
const KNOWN_VERSIONS: readonly unknown[] = [1, KNOWN_VERSION];

/** Reads `<run directory>/run.json`. */
export function readRunRecord(directory: string): Result<RunRecord, Failure> {
  const path = join(directory, 'run.json');
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'not valid JSON';
    return err({ kind: 'io', action: 'read', path, code });
  }
  const found = (json as Partial<RunJson> | null)?.version;
  if (typeof found === 'number' && found > KNOWN_VERSION) {
    return err({ kind: 'newer-version', path, found, known: KNOWN_VERSION });
  }
  if (!KNOWN_VERSIONS.includes(found) || !isRunJson(json))
    return err({ kind: 'io', action: 'read', path, code: 'not a run record' });
  return ok(recordOf(directory, json));
}

function recordOf(directory: string, json: RunJson): RunRecord {
  return {
    folder: basename(dirname(directory)),
    run: basename(directory),
    directory,
    project: json.project,
    ottofile: json.ottofile,
    command: ['otto', ...json.arguments],
    store: json.store,
    result: resultOf(json),
    startedAt: new Date(json.startedAt),
    finishedAt: dateOrNull(json.finishedAt),
    durationMs: json.durationMs,
    tasks: json.tasks.map((task) => taskOf(directory, task, json.store)),
  };
}

/** In version 1, and in an otto.db of that time, the reason was a word or a task's name. */
export function outcomeOf(outcome: Outcome): Outcome {
  if (outcome.kind !== 'skipped') return outcome;
  const because: SkipReason | string = outcome.because;
  if (typeof because !== 'string') return outcome;
  if (because === 'interrupted' || because === 'stopped')
    return { kind: 'skipped', because: { kind: because } };
  return { kind: 'skipped', because: { kind: 'dependency', task: because as TaskName } };
}

const taskOf = (run: string, task: TaskJson, store: string): TaskRecord => ({
  name: task.name,
  result: task.outcome?.kind ?? 'unfinished',
  outcome: task.outcome && outcomeOf(task.outcome),
  startedAt: dateOrNull(task.startedAt),
  durationMs: task.durationMs,
  directory: join(run, task.directory),
  attempts: task.attempts ?? [],
  values: task.values ?? [],
  store: task.store?.name ?? store,
  storeReason: task.store?.why ?? null,
  streams: task.streams ?? [],
});

function resultOf(json: RunJson): RunResultNow {
  if (json.state === 'finished') return json.result ?? 'interrupted';
  return isAlive(json) ? 'running' : 'interrupted';
}

/** How much later than the process the run may seem to have begun where start times are whole seconds. */
const START_TOLERANCE_MS = 2000;

/** A pid alone may have been given to another process since; one that began after the run is not the run's. */
function isAlive(json: RunJson): boolean {
  const { pid, startTicks } = json.process;
  const now = systemProcessTable().read(pid);
  if (now === null || now.zombie) return false;
  if (startTicks !== null) return now.started === startTicks;
  return Date.now() - now.ageMs <= Date.parse(json.startedAt) + START_TOLERANCE_MS;
}

const dateOrNull = (text: string | null): Date | null => (text === null ? null : new Date(text));
