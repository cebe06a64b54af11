import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { nativeOrNull } from '../data/native-or-null.ts';
import type { Plan, PlannedTask } from '../graph/plan.ts';

/** The descriptors that a task finds the jobserver at. */
const CHILD_READER = 3;
const CHILD_WRITER = 4;
/** How often a task that waits for a token looks for one: nothing tells otto that a make has put one back. */
const LOOK_AGAIN_MS = 20;
const TOKEN = Buffer.from('+');

/** What speaks make's protocol; only then a jobserver is worth its two descriptors. */
const SPEAKS_IT = /\b(?:g?make|cargo|ninja|cmake)\b|\bMAKEFLAGS\b/;

/**
 * GNU make's jobserver: a pipe with a token for each job that may run besides those that run. Tasks and the makes inside them
 * take tokens from it, so that all of them together run no more jobs than otto was told to. A task's own token is the one job that
 * every make may run without asking.
 */
export class Jobserver {
  readonly #jobs: number;
  /** The task's ends. The one that otto reads from is opened apart: it must not wait, and theirs may. */
  readonly #pipe: { readonly reader: number; readonly writer: number };
  readonly #own: number;
  #held = 0;
  #users = 0;

  constructor(jobs: number, pipe: { readonly reader: number; readonly writer: number }) {
    this.#jobs = jobs;
    this.#pipe = pipe;
    this.#own = openSync(`/proc/self/fd/${pipe.reader}`, constants.O_RDONLY | constants.O_NONBLOCK);
    this.#putIn(jobs);
  }

  /** Descriptors for tasks that use it, from their third on. */
  get descriptors(): readonly number[] {
    return [this.#pipe.reader, this.#pipe.writer];
  }

  /** MAKEFLAGS for a task, with what the user had put there otherwise. */
  flags(inherited = ''): string {
    const others = inherited.split(' ').filter((word) => !/^-j\d*$|^--jobserver-/.test(word));
    return [...others, `-j${this.#jobs}`, `--jobserver-auth=${CHILD_READER},${CHILD_WRITER}`].join(' ');
  }

  /** Takes the token of a task, when there is one; null when there will be none because the task must not go on. */
  async take(isOver: () => boolean, uses: boolean): Promise<(() => void) | null> {
    while (!isOver()) {
      if (this.#takeOne()) return this.#holder(uses);
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
    return null;
  }

  close(): void {
    for (const descriptor of [this.#own, ...this.descriptors]) closeSync(descriptor);
  }

  #holder(uses: boolean): () => void {
    this.#held++;
    if (uses) this.#users++;
    return () => {
      this.#held--;
      if (uses) this.#users--;
      this.#putIn(1);
      if (uses && this.#users === 0) this.#makeUp();
    };
  }

  /** A make that was killed has put nothing back. When nobody can hold any, there are as many as there ought to be. */
  #makeUp(): void {
    while (this.#takeOne());
    this.#putIn(this.#jobs - this.#held);
  }

  #takeOne(): boolean {
    try {
      return readSync(this.#own, Buffer.alloc(1)) === 1;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false;
      throw error;
    }
  }

  #putIn(tokens: number): void {
    for (let n = 0; n < tokens; n++) writeSync(this.#pipe.writer, TOKEN);
  }
}

/** A pipe holds at least so many tokens. */
const MOST_JOBS = 4096;

/** Null when no script of the run has a use for it, or it cannot be had here. */
export function openJobserver(plan: Plan, jobs: number): Jobserver | null {
  if (jobs < 2 || jobs > MOST_JOBS || process.platform !== 'linux') return null;
  if (![...plan.tasks.values()].some(usesJobserver)) return null;
  const native = nativeOrNull();
  return native === null ? null : new Jobserver(jobs, native.openPipe());
}

/** Only bash hands descriptors on to what it starts. A script that says what make is to do is not told anything else. */
export function usesJobserver({ definition }: PlannedTask): boolean {
  const { script, envs, file } = definition;
  if (script === null || script.language !== 'bash' || definition.interactive) return false;
  if (!SPEAKS_IT.test(script.text)) return false;
  return ![...envs, ...file.envs].some(({ name }) => name === 'MAKEFLAGS');
}
