import { isUtf8 } from 'node:buffer';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../../base/io-failure.ts';
import { Utf8Stream } from '../utf8-stream.ts';
import type { Entry } from '../value.ts';

/** Larger values go to a file while they are still coming. */
const SMALL_BYTES = 64 * 1024;

/** What files' names begin with. Clients begin with their process, stores with `0-`. */
const SERIES = { file: '00', stdout: '000' } as const;

/** The files in a task's directory that hold large captured values. */
export class ValueFiles {
  readonly #prefix: string;
  readonly #paths = new Set<string>();
  #count = 0;

  constructor(taskDirectory: string, series: keyof typeof SERIES) {
    this.#prefix = join(taskDirectory, SERIES[series]);
  }

  create(): { readonly path: string; readonly descriptor: number } {
    const path = `${this.#prefix}-${++this.#count}.value`;
    // Without following what somebody may have put there: a link is removed like a file.
    rmSync(path, { force: true });
    const descriptor = attempt('create', path, () => openSync(path, 'wx', 0o600));
    this.#paths.add(path);
    return { path, descriptor };
  }

  remove(path: string): void {
    rmSync(path, { force: true });
    this.#paths.delete(path);
  }

  /** Some may have been moved away. */
  removeAll(): void {
    for (const path of this.#paths) this.remove(path);
  }
}

/** Takes one value that comes in pieces: in memory while it is small, else in a file. */
export class ValueSink {
  readonly #files: ValueFiles;
  readonly #pieces: Buffer[] = [];
  readonly #utf8 = new Utf8Stream();
  #file: { readonly path: string; readonly descriptor: number } | null = null;
  bytes = 0;

  constructor(files: ValueFiles) {
    this.#files = files;
  }

  /** The piece may be filled with other bytes afterwards. */
  write(piece: Buffer): void {
    this.bytes += piece.length;
    if (this.#file === null && this.bytes > SMALL_BYTES) this.#spill();
    if (this.#file === null) this.#pieces.push(Buffer.from(piece));
    else this.#append(piece);
  }

  end(key: string): Entry {
    if (this.#file === null) {
      const data = Buffer.concat(this.#pieces);
      const type = isUtf8(data) ? 'string' : 'bytes';
      return { key, type, bytes: data.length, source: { kind: 'memory', data } };
    }
    const { path } = this.#file;
    this.#close();
    const type = this.#utf8.end() ? 'string' : 'bytes';
    return { key, type, bytes: this.bytes, source: { kind: 'file', path } };
  }

  /** The value is none. */
  drop(): void {
    if (this.#file === null) return;
    const { path } = this.#file;
    this.#close();
    this.#files.remove(path);
  }

  #spill(): void {
    this.#file = this.#files.create();
    for (const piece of this.#pieces.splice(0)) this.#append(piece);
  }

  #append(piece: Buffer): void {
    if (this.#file === null) return;
    const { path, descriptor } = this.#file;
    this.#utf8.push(piece);
    attempt('write', path, () => {
      for (let at = 0; at < piece.length; ) at += writeSync(descriptor, piece, at);
    });
  }

  #close(): void {
    if (this.#file !== null) closeSync(this.#file.descriptor);
    this.#file = null;
  }
}

/** Captured values by key: the last one counts, in the place of the first. */
export class CapturedValues {
  readonly #values = new Map<string, Entry>();
  readonly #files: ValueFiles;

  constructor(files: ValueFiles) {
    this.#files = files;
  }

  get entries(): readonly Entry[] {
    return [...this.#values.values()];
  }

  set(entry: Entry): void {
    const source = this.#values.get(entry.key)?.source;
    if (source?.kind === 'file') this.#files.remove(source.path);
    this.#values.set(entry.key, entry);
  }
}
