import { Socket } from 'node:net';
import type { Native } from '../data/native.ts';
import { nativeOrNull } from '../data/native-or-null.ts';
import { PipePool } from './pipe-pool.ts';
import type { OpenPipe, PipeSource, TaskPipes } from './task-pipes.ts';

/** From the addon when it is there; else FIFOs, for `tasks` tasks at once to begin with. */
export function openPipeSource(tasks: number): PipeSource {
  const native = tasks === 0 ? null : nativeOrNull();
  return native === null ? new PipePool(tasks) : new SystemPipes(native);
}

/** pipe(2): one call, nothing to give back. */
export class SystemPipes implements PipeSource {
  readonly #native: Native;

  constructor(native: Native) {
    this.#native = native;
  }

  async take(): Promise<TaskPipes> {
    return { open: () => ({ stdout: this.#open(), stderr: this.#open() }), giveBack: () => undefined };
  }

  close(): void {}

  #open(): OpenPipe {
    const { reader, writer } = this.#native.openPipe();
    return { reader: new Socket({ fd: reader, readable: true, writable: false }), writer };
  }
}
