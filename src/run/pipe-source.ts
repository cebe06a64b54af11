import { EventEmitter } from 'node:events';
import type { Native, NativePipeReader } from '../data/native.ts';
import { nativeOrNull } from '../data/native-or-null.ts';
import { PipePool } from './pipe-pool.ts';
import { type OpenPipe, openBoth, type PipeReader, type PipeSource, type TaskPipes } from './task-pipes.ts';

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
    return { reader: new NativeReader(this.#native, reader), writer };
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

/** Does what a Drain needs of a stream, without what Node's take to load and to make. */
class NativeReader extends EventEmitter implements PipeReader {
  readonly #reader: NativePipeReader;

  constructor(native: Native, descriptor: number) {
    super();
    this.#reader = new native.PipeReader(descriptor, (piece) => {
      if (piece === null) this.emit('close');
      else this.emit('data', piece);
    });
  }

  pause(): void {
    this.#reader.pause();
  }

  resume(): void {
    this.#reader.resume();
  }

  unref(): void {
    this.#reader.unref();
  }

  destroy(): void {
    this.#reader.close();
  }
}
