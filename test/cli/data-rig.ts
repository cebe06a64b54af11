import type { ChildProcess } from 'node:child_process';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { CLI, Project } from './project.ts';

export const STORES = [
  ['files', []],
  ['shm', ['--fast']],
  ['sqlite', ['--store', 'sqlite']],
] as const;

/** What `otto data --json` tells of a value. */
export interface Listed {
  readonly task: string;
  readonly key: string;
  readonly type: string;
  readonly bytes: number;
  readonly where: string;
  readonly xxh128: string | null;
  readonly path: string | null;
}

export class DataProject extends Project {
  /** The bytes that `otto data get ARGS` prints. */
  bytes(...args: readonly string[]): Buffer {
    const { PATH, HOME } = process.env;
    const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'data', 'get', ...args], {
      cwd: this.directory,
      env: { PATH, HOME, OTTO_HOME: this.home },
      maxBuffer: 2 ** 30,
    });
    if (status !== 0) throw new Error(`exit ${status}: ${stderr}`);
    return stdout;
  }

  list(...args: readonly string[]): Listed[] {
    return JSON.parse(this.otto(['data', 'list', '--json', ...args]).stdout).values;
  }

  /** `task.key` of each value, with what is picked of it. */
  listed(pick: (value: Listed) => unknown, ...args: readonly string[]): Record<string, unknown> {
    return Object.fromEntries(this.list(...args).map((value) => [`${value.task}.${value.key}`, pick(value)]));
  }
}

/**
 * A run with a task that waits: `ready` resolves when the task has come to the line `WAIT`, `go` lets it go on. The ottofile
 * says `{{WAIT}}` there.
 */
export class LiveRun implements AsyncDisposable {
  readonly project: DataProject;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(ottofile: string, args: readonly string[]) {
    this.project = new DataProject({
      'otto.yml': ottofile.replaceAll('{{WAIT}}', 'echo > ready; cat gate > /dev/null'),
    });
    spawnSync('mkfifo', ['ready', 'gate'], { cwd: this.project.directory });
    this.#child = this.project.start(['run', ...args], ['ignore', 'ignore', 'inherit']);
    this.#ended = once(this.#child, 'close');
    readFileSync(this.project.path('ready'));
  }

  /** Lets the task go on and waits for the run to end. */
  async finish(): Promise<void> {
    this.go();
    await this.#ended;
  }

  /** Kills otto and nothing else; the task goes on until another otto ends it. */
  async kill(): Promise<void> {
    this.#gone = true;
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  #gone = false;
  go(): void {
    if (!this.#gone) writeFileSync(this.project.path('gate'), '');
    this.#gone = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.finish();
    this.project.otto(['clean']);
    this.project[Symbol.dispose]();
  }
}
