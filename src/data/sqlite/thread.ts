import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Failure, FailureError } from '../../base/failure.ts';
import { packageRoot } from '../installation.ts';
import type { CallName, DatabaseCalls, DatabasePlace } from './calls.ts';

export interface Question {
  readonly id: number;
  readonly name: CallName;
  readonly args: readonly unknown[];
}

export type Answer =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly failure: Failure }
  /** Something that is a bug. */
  | { readonly id: number; readonly ok: false; readonly message: string };

interface Asked {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** The thread that has the run's database. */
export class DatabaseThread {
  readonly #place: DatabasePlace;
  readonly #worker: Worker;
  readonly #asked = new Map<number, Asked>();
  #count = 0;
  #end: Error | null = null;

  constructor(place: DatabasePlace) {
    this.#place = place;
    this.#worker = new Worker(join(packageRoot, 'dist', 'sqlite-worker.js'), { workerData: place });
    this.#worker.on('message', (answer: Answer) => this.#hear(answer));
    this.#worker.on('error', (error) => this.#ended(error.message));
    this.#worker.on('exit', () => this.#ended('its thread has ended'));
    this.#worker.unref();
  }

  /** What is asked for later is done later. Memory of `transfer` is gone for whoever asks. */
  ask<Name extends CallName>(
    name: Name,
    args: Parameters<DatabaseCalls[Name]>,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<ReturnType<DatabaseCalls[Name]>> {
    return new Promise((resolve, reject) => {
      if (this.#end !== null) {
        reject(this.#end);
        return;
      }
      const id = ++this.#count;
      if (this.#asked.size === 0) this.#worker.ref();
      this.#asked.set(id, { resolve: resolve as Asked['resolve'], reject });
      this.#worker.postMessage({ id, name, args } satisfies Question, transfer);
    });
  }

  #hear(answer: Answer): void {
    const asked = this.#asked.get(answer.id);
    this.#asked.delete(answer.id);
    if (this.#asked.size === 0) this.#worker.unref();
    if (answer.ok) asked?.resolve(answer.value);
    else asked?.reject('failure' in answer ? new FailureError(answer.failure) : new Error(answer.message));
  }

  #ended(why: string): void {
    const { path } = this.#place;
    this.#end ??= new FailureError({ kind: 'io', action: 'use', path, code: why });
    for (const { reject } of this.#asked.values()) reject(this.#end);
    this.#asked.clear();
  }
}
