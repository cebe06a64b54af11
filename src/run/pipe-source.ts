import { Socket } from 'node:net';
import type { Native } from '../data/native.ts';
import { nativeOrNull } from '../data/native-or-null.ts';
import { PipePool } from './pipe-pool.ts';
import { type OpenPipe, openBoth, type PipeSource, type TaskPipes } from './task-pipes.ts';

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
    const open = (): OpenPipe => this.#open();
    return { open: () => openBoth(open, open), giveBack: () => undefined };
  }

  close(): void {}

  #open(): OpenPipe {
    const { reader, writer } = this.#descriptors();
    return { reader: new Socket({ fd: reader, readable: true, writable: false }), writer };
  }

  /** The addon does not tell the errno, but pipe(2) has just one reason to fail. */
  #descriptors(): { readonly reader: number; readonly writer: number } {
    try {
      return this.#native.openPipe();
    } catch (cause) {
      throw Object.assign(new Error('no descriptors are left', { cause }), { code: 'EMFILE' });
    }
  }
}
