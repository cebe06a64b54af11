import { closeSync } from 'node:fs';
import type { Inlet } from '../data/streams/inlet.ts';
import type { Stream } from '../data/streams/stream.ts';
import type { Environment } from './environment.ts';
import type { ProgramEnd } from './spawn.ts';

/** What one attempt of a task reads from and writes to other tasks while it runs. */
export class TaskStreams {
  environment: Environment = {};
  /** Becomes its stdin; null: nobody writes to it. */
  stdin: number | null = null;
  /** Becomes its stdout; null: nobody reads it but otto. */
  stdout: number | null = null;
  readonly #written: Stream[] = [];
  #stdoutInlet: Inlet | null = null;
  /** Takes the part of stdout that is kept. */
  #keepStdout: (bytes: Uint8Array) => void = () => undefined;

  readonly keepStdout = (bytes: Uint8Array): void => this.#keepStdout(bytes);

  add(variables: Environment): void {
    this.environment = { ...this.environment, ...variables };
  }

  writes(stream: Stream, inlet: Inlet & { readonly path: string }, what: 'stream' | 'stdout'): void {
    this.#written.push(stream);
    if (what === 'stdout') {
      this.stdout = inlet.writer;
      this.#stdoutInlet = inlet;
    } else this.add({ OTTO_OUTPUT_STREAM: inlet.path, OTTO_OUTPUT_PIPE: inlet.path });
  }

  /** The process is about to start. */
  begins(keepStdout: (bytes: Uint8Array) => void): void {
    this.#keepStdout = keepStdout;
  }

  /** The process has its descriptors, or will never have them. */
  handedOver(): void {
    if (this.stdin !== null) closeSync(this.stdin);
    this.stdin = null;
    this.#stdoutInlet?.handedOver();
    this.stdout = null;
  }

  /** The process has ended: resolves when all that it has written was taken. */
  async drained(): Promise<void> {
    await Promise.all(this.#written.map((stream) => stream.drain()));
  }

  /** How the process ended, when that is not its readers' doing (they may have had enough, as in `yes | head`), nor otto's, whose failure counts. */
  judge(end: ProgramEnd): ProgramEnd {
    if (!this.#written.some(({ isAbandoned, failure }) => isAbandoned || failure !== null)) return end;
    const ofPipe =
      end.kind === 'signal' ? end.signal === 'SIGPIPE' : end.kind === 'exit' && end.code === 128 + 13;
    return ofPipe ? { kind: 'exit', code: 0 } : end;
  }
}
