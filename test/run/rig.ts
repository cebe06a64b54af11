import { EventEmitter } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encodeTaskName, type TaskName } from '../../src/base/task-name.ts';
import { clientsDirectory, helpersDirectory } from '../../src/data/installation.ts';
import { createRunData } from '../../src/data/stored-run-data.ts';
import { createFilesStore } from '../../src/data/stores/files.ts';
import { plainly } from '../../src/graph/plan.ts';
import type { Ottofile } from '../../src/ottofile/model.ts';
import { parseOttofile } from '../../src/ottofile/parse.ts';
import type { Outcome, RunEvent } from '../../src/run/events.ts';
import { type RunRequest, type RunSummary, runTasks } from '../../src/run/run.ts';
import type { RunJson } from '../../src/run/run-json.ts';
import { planOf } from '../support/plan.ts';

/** A project in a directory of its own, for one test. */
export interface RunRig extends AsyncDisposable {
  readonly directory: string;
  readonly home: string;
  /** Writes a file of the project. */
  write(name: string, text: string): void;
  run(ottofile: string, changes?: Partial<RunRequest>): RunUnderTest;
}

/** A run that goes on while the test looks at it. */
export interface RunUnderTest {
  readonly events: readonly RunEvent[];
  readonly done: Promise<RunSummary>;
  readonly signals: EventEmitter;
  /** Resolves at the first event that fits, past or future. */
  event(fits: (event: RunEvent) => boolean): Promise<RunEvent>;
  /** Resolves when the task's stdout holds the text. */
  printed(task: string, text: string): Promise<void>;
  output(task: string, stream?: 'stdout' | 'stderr'): Buffer;
  outcome(task: string): Outcome | undefined;
  log(task: string, stream: 'stdout' | 'stderr'): Buffer;
  json(): RunJson;
}

export function parse(text: string, path: string): Ottofile {
  const parsed = parseOttofile(
    { path, content: Buffer.from(text) },
    { userHome: '/nowhere', stores: ['files', 'shm'] },
  );
  if (parsed.ottofile === null) throw new Error(parsed.diagnostics.map(({ message }) => message).join('\n'));
  return parsed.ottofile;
}

export function runRig(): RunRig {
  const root = mkdtempSync(join(tmpdir(), 'otto-run-'));
  const directory = join(root, 'project');
  const home = join(root, 'home');
  mkdirSync(directory);
  const runs: RunUnderTest[] = [];
  return {
    directory,
    home,
    write: (name, text) => {
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      writeFileSync(join(directory, name), text);
    },
    run: (text, changes = {}) => {
      const path = join(directory, 'otto.yml');
      writeFileSync(path, text);
      const run = startRun({ ottofile: parse(text, path), home }, changes);
      runs.push(run);
      return run;
    },
    [Symbol.asyncDispose]: async () => {
      for (const run of runs) {
        run.signals.emit('SIGTERM');
        run.signals.emit('SIGTERM');
        await run.done.catch(() => undefined);
      }
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function startRun(
  { ottofile, home }: { readonly ottofile: Ottofile; readonly home: string },
  changes: Partial<RunRequest>,
): RunUnderTest {
  const planned = changes.ottofile ?? ottofile;
  const events: RunEvent[] = [];
  const watchers = new EventEmitter({ captureRejections: false }).setMaxListeners(0);
  const signals = new EventEmitter();
  const done = runTasks({
    ottofile,
    plan: planOf(planned, [...planned.tasks.keys()].map(plainly)),
    jobs: 4,
    keepGoing: false,
    home,
    store: 'files',
    openData: ({ runDirectory, onKept }) =>
      createRunData({ store: createFilesStore(runDirectory), runDirectory, onKept }),
    arguments: ['run'],
    version: '0.0.0',
    clientsDirectory: clientsDirectory(),
    helpersDirectory: helpersDirectory(),
    signals,
    ...changes,
    listeners: [
      (event) => {
        events.push(event);
        watchers.emit('event');
      },
      ...(changes.listeners ?? []),
    ],
  });
  done.catch(() => undefined);
  return new ObservedRun({ events, watchers, signals, done });
}

class ObservedRun implements RunUnderTest {
  readonly events: readonly RunEvent[];
  readonly signals: EventEmitter;
  readonly done: Promise<RunSummary>;
  readonly #watchers: EventEmitter;

  constructor(parts: {
    readonly events: readonly RunEvent[];
    readonly watchers: EventEmitter;
    readonly signals: EventEmitter;
    readonly done: Promise<RunSummary>;
  }) {
    this.events = parts.events;
    this.signals = parts.signals;
    this.done = parts.done;
    this.#watchers = parts.watchers;
  }

  event(fits: (event: RunEvent) => boolean): Promise<RunEvent> {
    return this.#when(() => this.events.find(fits));
  }

  async printed(task: string, text: string): Promise<void> {
    await this.#when(() => (this.output(task).includes(text) ? true : undefined));
  }

  output(task: string, stream = 'stdout'): Buffer {
    const chunks = this.events.filter((event) => event.type === 'task-output');
    return Buffer.concat(
      chunks.filter((event) => event.task === task && event.stream === stream).map(({ chunk }) => chunk),
    );
  }

  outcome(task: string): Outcome | undefined {
    const end = this.events.find((event) => event.type === 'task-finished' && event.task === task);
    return end?.type === 'task-finished' ? end.outcome : undefined;
  }

  log(task: string, stream: 'stdout' | 'stderr'): Buffer {
    return readFileSync(join(this.#directory(), 'tasks', encodeTaskName(task), `${stream}.log`));
  }

  json(): RunJson {
    return JSON.parse(readFileSync(join(this.#directory(), 'run.json'), 'utf8')) as RunJson;
  }

  #directory(): string {
    const start = this.events.find((event) => event.type === 'run-started');
    if (start?.type !== 'run-started') throw new Error('the run has not started');
    return start.directory;
  }

  /** Asks again after every event; fails when the run is over and the answer never came. */
  #when<T>(ask: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const answer = ask();
        if (answer === undefined) return;
        this.#watchers.off('event', look);
        resolve(answer);
      };
      this.#watchers.on('event', look);
      look();
      void this.done.finally(() => reject(new Error('the run ended first'))).catch(() => undefined);
    });
  }
}

export const task = (name: string): TaskName => name as TaskName;

/** What a task has printed about itself: `pid 123`. */
export const pidsOf = (run: RunUnderTest, name = 'a'): number[] =>
  [
    ...run
      .output(name)
      .toString()
      .matchAll(/^pid (\d+)$/gm),
  ].map(([, pid]) => Number(pid));

/** True while the process exists and is not just waiting to be collected. */
export function isAlive(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  try {
    return !/^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
