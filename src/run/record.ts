import { relative } from 'node:path';
import { nowMs } from '../base/clock.ts';
import { type Failure, FailureError } from '../base/failure.ts';
import type { TaskName } from '../base/task-name.ts';
import type { KeptValue } from '../data/value.ts';
import type { RunEvent } from './events.ts';
import { taskDirectory, writeRunJson } from './run-directory.ts';
import type { ProcessIdentity, RunJson, TaskJson } from './run-json.ts';
import { ownStartTicks } from './start-ticks.ts';

export type RunFacts = Pick<RunJson, 'otto' | 'arguments' | 'project' | 'ottofile' | 'store'>;

type TaskNotes = { -readonly [K in keyof TaskJson]: TaskJson[K] };

/** How long the file may lag behind the run: one write a second takes next to nothing. */
const LAG_MS = 1000;
/** With very many tasks writing takes longer, and is done less often: of otto's time it takes at most this part. */
const WRITING_SHARE = 0.01;

/**
 * Keeps run.json: written before anything runs, replaced when all is over. In between it says that the run goes on, and, at most
 * a second late, which tasks have begun and ended.
 */
export class RunRecord {
  readonly #directory: string;
  readonly #facts: RunFacts;
  #tasks: ReadonlyMap<TaskName, TaskNotes>;
  #startedAt = '';
  #timer: NodeJS.Timeout | null = null;
  #lagMs = LAG_MS;
  /** Why the last run.json could not be written. */
  failure: Failure | null = null;

  constructor(directory: string, facts: RunFacts, tasks: readonly TaskName[]) {
    this.#directory = directory;
    this.#facts = facts;
    this.#tasks = new Map(tasks.map((name) => [name, emptyNotes(directory, name)]));
  }

  /** Throws a FailureError when it cannot be written: then nothing must run. */
  begin(at: Date): void {
    this.#startedAt = at.toISOString();
    this.#write(RUNNING);
  }

  readonly listen = (event: RunEvent): void => {
    switch (event.type) {
      case 'task-store':
        this.#note(event.task, { store: { name: event.store, why: event.why } });
        return;
      case 'task-started':
        this.#note(event.task, { startedAt: event.at.toISOString() });
        return;
      case 'task-retrying':
        this.#note(event.task, {
          attempts: [...(this.#tasks.get(event.task)?.attempts ?? []), event.reason],
        });
        return;
      case 'tasks-added':
        this.#add(event);
        return;
      case 'task-finished':
        this.#note(event.task, { outcome: event.outcome, durationMs: Math.round(event.durationMs) });
        return;
      case 'values-kept':
        this.#note(event.task, { values: event.values as KeptValue[] });
        return;
      case 'stream-kept':
        this.#note(event.task, {
          streams: [...(this.#tasks.get(event.task)?.streams ?? []), event.stream],
        });
        return;
      case 'run-finished':
        this.#finish(event);
        return;
      default:
    }
  };

  /** A record that stays behind must not keep others from hearing how the run ended. */
  #finish({ result, at, durationMs }: Extract<RunEvent, { type: 'run-finished' }>): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    const finishedAt = at.toISOString();
    try {
      this.#write({ state: 'finished', result, finishedAt, durationMs: Math.round(durationMs) });
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      this.failure = error.failure;
    }
  }

  /** Before the task that waits for them, where they stand in the plan. */
  #add({ parent, tasks }: Extract<RunEvent, { type: 'tasks-added' }>): void {
    const added = tasks.map((name) => [name, emptyNotes(this.#directory, name)] as const);
    this.#tasks = new Map(
      [...this.#tasks].flatMap((entry) => (entry[0] === parent ? [...added, entry] : [entry])),
    );
  }

  #note(task: TaskName, notes: Partial<TaskNotes>): void {
    Object.assign(this.#tasks.get(task) ?? {}, notes);
    this.#timer ??= setTimeout(() => this.#update(), this.#lagMs).unref();
  }

  /** What cannot be written now is told when the last record cannot be written either. */
  #update(): void {
    const startMs = nowMs();
    try {
      this.#write(RUNNING);
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
    }
    this.#lagMs = Math.max(LAG_MS, (nowMs() - startMs) / WRITING_SHARE);
    this.#timer = null;
  }

  #write(state: RunState): void {
    const { result, finishedAt, durationMs } = state;
    writeRunJson(this.#directory, {
      version: 2,
      state: state.state,
      result,
      process: ownIdentity(),
      ...this.#facts,
      startedAt: this.#startedAt,
      finishedAt,
      durationMs,
      tasks: [...this.#tasks.values()],
    });
  }
}

type RunState = Pick<RunJson, 'state' | 'result' | 'finishedAt' | 'durationMs'>;

const RUNNING: RunState = { state: 'running', result: null, finishedAt: null, durationMs: null };

const emptyNotes = (directory: string, name: TaskName): TaskNotes => ({
  name,
  directory: relative(directory, taskDirectory(directory, name)),
  outcome: null,
  startedAt: null,
  durationMs: null,
});

function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, startTicks: ownStartTicks() };
}
