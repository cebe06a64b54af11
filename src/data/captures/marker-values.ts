import { closeSync, openSync, readSync } from 'node:fs';
import { FailureError } from '../../base/failure.ts';
import { attempt } from '../../base/io-failure.ts';
import type { TaskName } from '../../base/task-name.ts';
import { valueFailure } from '../journal.ts';
import type { Entry } from '../value.ts';
import { Base64Decoder } from './base64.ts';
import { type Marker, MarkerParser } from './markers.ts';
import { CapturedValues, ValueFiles, ValueSink } from './value-sink.ts';

export interface MarkerSource {
  readonly task: TaskName;
  /** Where large values go. */
  readonly taskDirectory: string;
  /** What is no marker. */
  readonly show: (bytes: Buffer) => void;
}

/** A marker that was still open when the output ended: what was printed from it on is text. */
export interface UnclosedMarker {
  readonly key: string;
  pieces(): Iterable<Buffer>;
}

const CHUNK_BYTES = 256 * 1024;

/** Takes the values out of what a task prints to stdout. Never throws: the first failure is kept, and everything is shown from there on. */
export class MarkerValues {
  failure: FailureError | null = null;
  unclosed: UnclosedMarker | null = null;
  readonly #source: MarkerSource;
  readonly #files: ValueFiles;
  readonly #values: CapturedValues;
  readonly #parser: MarkerParser;
  #marker: Marker | null = null;
  #sink: ValueSink | null = null;

  constructor(source: MarkerSource) {
    this.#source = source;
    this.#files = new ValueFiles(source.taskDirectory, 'stdout');
    this.#values = new CapturedValues(this.#files);
    this.#parser = new MarkerParser({
      text: (bytes) => source.show(bytes),
      begin: (marker) => {
        this.#marker = marker;
        this.#sink = new ValueSink(this.#files);
      },
      piece: (bytes) => this.#sink?.write(bytes),
      end: () => this.#end(),
      unclosed: (opener) => this.#leaveOpen(opener),
    });
  }

  get entries(): readonly Entry[] {
    return this.#values.entries;
  }

  push(chunk: Buffer): void {
    if (this.failure !== null) this.#source.show(chunk);
    else this.#attempt(() => this.#parser.push(chunk));
  }

  /** The output has ended, as far as it is the task's. */
  end(): void {
    if (this.failure === null) this.#attempt(() => this.#parser.end());
  }

  removeFiles(): void {
    this.#sink?.drop();
    this.#files.removeAll();
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      this.failure = error;
    }
  }

  #end(): void {
    const [marker, sink] = [this.#marker, this.#sink];
    this.#marker = null;
    this.#sink = null;
    if (marker === null || sink === null) return;
    const printed = sink.end(marker.key);
    this.#values.set(marker.isBase64 ? this.#decoded(printed) : printed);
  }

  #decoded(printed: Entry): Entry {
    const decoder = new Base64Decoder();
    const sink = new ValueSink(this.#files);
    for (const piece of piecesOf(printed)) sink.write(decoder.push(piece));
    const problem = decoder.end();
    if (printed.source.kind === 'file') this.#files.remove(printed.source.path);
    if (problem === null) return sink.end(printed.key);
    sink.drop();
    throw valueFailure(this.#source.task, printed.key, `its marker on stdout says base64, but ${problem}`);
  }

  #leaveOpen(opener: Buffer): void {
    const [marker, sink] = [this.#marker, this.#sink];
    if (marker === null || sink === null) return;
    const printed = sink.end(marker.key);
    this.#sink = null;
    this.unclosed = {
      key: marker.key,
      *pieces() {
        yield opener;
        yield* piecesOf(printed);
      },
    };
  }
}

function* piecesOf({ source, bytes }: Entry): Iterable<Buffer> {
  if (source.kind !== 'file') {
    if (bytes > 0) yield Buffer.from(source.data);
    return;
  }
  const { path } = source;
  const descriptor = attempt('read', path, () => openSync(path, 'r'));
  try {
    for (let left = bytes; left > 0; ) {
      const piece = Buffer.allocUnsafe(Math.min(left, CHUNK_BYTES));
      const read = attempt('read', path, () => readSync(descriptor, piece));
      if (read === 0) throw new FailureError({ kind: 'io', action: 'read', path, code: 'it was cut' });
      yield piece.subarray(0, read);
      left -= read;
    }
  } finally {
    closeSync(descriptor);
  }
}
