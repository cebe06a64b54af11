import { spawn } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endOf } from './node-process.ts';
import { type OpenPipe, openBoth, type PipeSource, type TaskPipes } from './task-pipes.ts';

/** Opens a file for nothing but being named by /proc/self/fd; Node has no name for this flag of Linux. */
const O_PATH = 0o10000000;

/** A real pipe, which can be opened any number of times. */
interface Fifo {
  /** A path that leads to it. */
  readonly address: string;
  readonly dispose: () => void;
}

/**
 * Pipes without the addon. One mkfifo(1) makes those of a whole run, and they are used again and again; a pipe that a
 * background process still holds is never given to another task.
 */
export class PipePool implements PipeSource {
  readonly #free: (readonly [Fifo, Fifo])[] = [];
  readonly #disposers: (() => void)[] = [];
  /** Whether this machine has FIFOs at all; false: no mkfifo, or a file system without them. */
  #possible: Promise<boolean>;

  /** Starts making pipes for `tasks` tasks at once. */
  constructor(tasks: number) {
    this.#possible = tasks === 0 ? Promise.resolve(true) : this.#make(tasks);
  }

  /** Null where there are no FIFOs. */
  async take(): Promise<TaskPipes | null> {
    if (this.#free.length === 0 && (await this.#possible) && this.#free.length === 0) {
      this.#possible = this.#make(1);
      await this.#possible;
    }
    const pair = this.#free.pop();
    if (pair === undefined) return null;
    const [stdout, stderr] = pair;
    return {
      open: () =>
        openBoth(
          () => openFifo(stdout),
          () => openFifo(stderr),
        ),
      giveBack: () => void this.#free.push(pair),
    };
  }

  close(): void {
    for (const dispose of this.#disposers.splice(0)) dispose();
    this.#free.length = 0;
  }

  async #make(tasks: number): Promise<boolean> {
    let directory: string;
    try {
      directory = mkdtempSync(join(tmpdir(), 'otto-pipes-'));
    } catch {
      return false;
    }
    const paths = Array.from({ length: 2 * tasks }, (_, n) => join(directory, String(n)));
    const remove = (): void => rmSync(directory, { recursive: true, force: true });
    const made = (await mkfifo(paths)) && this.#adopt(paths);
    if (process.platform === 'linux') remove();
    else this.#disposers.push(remove);
    return made;
  }

  /** False when there are not enough descriptors. */
  #adopt(paths: readonly string[]): boolean {
    try {
      for (let n = 0; n + 1 < paths.length; n += 2) {
        const pair = [this.#name(paths[n] ?? ''), this.#name(paths[n + 1] ?? '')] as const;
        this.#free.push(pair);
      }
      return true;
    } catch {
      return false;
    }
  }

  #name(path: string): Fifo {
    const fifo = nameFifo(path);
    this.#disposers.push(fifo.dispose);
    return fifo;
  }
}

/** On Linux a FIFO needs no place in the file system, where a `grep -r` would wait for ever on it. */
function nameFifo(path: string): Fifo {
  if (process.platform !== 'linux') return { address: path, dispose: () => undefined };
  const descriptor = openSync(path, O_PATH);
  return { address: `/proc/self/fd/${descriptor}`, dispose: () => closeSync(descriptor) };
}

/** The reader is opened first and without waiting; with a reader there, opening the writer does not wait either. */
function openFifo({ address }: Fifo): OpenPipe {
  const fd = openSync(address, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const writer = openSync(address, constants.O_WRONLY);
    return { reader: new Socket({ fd, readable: true, writable: false }), writer };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function mkfifo(paths: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn('mkfifo', ['-m', '600', ...paths], { stdio: 'ignore' });
    endOf(child).then((end) => resolve(end.kind === 'exit' && end.code === 0));
  });
}
