import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Failure } from '../base/failure.ts';

export type StreamName = 'stdout' | 'stderr';

/**
 * stdout.log and stderr.log of one task: its output's exact bytes. Both exist from the start on. Writing never throws; the
 * first failure is kept, and nothing more is written to that file, so that it holds an unbroken beginning.
 */
export class TaskLog {
  readonly #files: Record<StreamName, LogFile>;

  constructor(directory: string) {
    this.#files = {
      stdout: new LogFile(join(directory, 'stdout.log')),
      stderr: new LogFile(join(directory, 'stderr.log')),
    };
  }

  write(stream: StreamName, chunk: Uint8Array): void {
    this.#files[stream].write(chunk);
  }

  close(stream: StreamName): void {
    this.#files[stream].close();
  }

  get failure(): Failure | null {
    return this.#files.stdout.failure ?? this.#files.stderr.failure;
  }
}

class LogFile {
  failure: Failure | null = null;
  readonly #path: string;
  #descriptor: number | null = null;

  constructor(path: string) {
    this.#path = path;
    this.#attempt('create', () => {
      this.#descriptor = openSync(path, 'wx');
    });
  }

  write(chunk: Uint8Array): void {
    const descriptor = this.#descriptor;
    if (descriptor === null || this.failure !== null) return;
    this.#attempt('write', () => {
      for (let done = 0; done < chunk.length; ) done += writeSync(descriptor, chunk, done);
    });
  }

  close(): void {
    const descriptor = this.#descriptor;
    if (descriptor === null) return;
    this.#descriptor = null;
    this.#attempt('write', () => closeSync(descriptor));
  }

  #attempt(action: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      this.failure ??= { kind: 'io', action, path: this.#path, code };
    }
  }
}
