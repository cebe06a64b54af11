import { nowMs } from '../base/clock.ts';
import type { BackPressure } from './back-pressure.ts';
import type { StreamName } from './task-log.ts';
import type { PipeReader } from './task-pipes.ts';

export interface OutputSink {
  readonly onOutput: (stream: StreamName, chunk: Buffer) => void;
  readonly onOutputEnd: () => void;
  readonly pressure: BackPressure;
}

/** Silence for this long after the exit: what still holds the pipe is a background process. */
const QUIET_MS = 100;
/** A background process that never falls silent does not hold its task longer than this. */
const CHATTY_MS = 1_000;
/** No pipe holds more than this, so this much read after the exit includes all that the process itself had written. */
const PIPE_CAPACITY = 1024 * 1024;

/**
 * Hands on what a process writes to stdout and stderr. Reading pauses while the sink is full, so a slow sink slows the
 * process by its full pipe. The pipes are read for as long as anybody has them open: a background process of a task
 * neither blocks nor dies of a closed pipe because its task has ended; but then it does not keep otto alive.
 */
export class Drain {
  readonly #sink: OutputSink;
  readonly #open = new Set<PipeReader>();
  #done: (() => void) | null = null;
  #timer: NodeJS.Timeout | null = null;
  #bytesSinceExit = 0;
  #exitAtMs = 0;
  #pausedAtMs: number | null = null;

  constructor(sink: OutputSink, streams: Readonly<Record<StreamName, PipeReader | null>>) {
    this.#sink = sink;
    for (const name of ['stdout', 'stderr'] as const) {
      const stream = streams[name];
      if (stream !== null) this.#read(name, stream);
    }
    if (this.#open.size === 0) sink.onOutputEnd();
  }

  /** Calls back when everything that the process had written before its exit was handed on. */
  afterExit(done: () => void): void {
    this.#done = done;
    this.#exitAtMs = nowMs();
    if (this.#open.size === 0) this.#finish();
    else if (this.#pausedAtMs === null) this.#waitForQuiet();
  }

  #read(name: StreamName, stream: PipeReader): void {
    this.#open.add(stream);
    stream.on('data', (chunk: Buffer) => {
      const beforeMs = nowMs();
      this.#sink.onOutput(name, chunk);
      // The time a slow sink took is not the process's.
      this.#exitAtMs += nowMs() - beforeMs;
      if (this.#done !== null) this.#stillWriting(chunk.length);
      if (this.#sink.pressure.isFull()) this.#pause();
    });
    // An error (the other end was reset) ends the stream like EOF does.
    stream.once('error', () => undefined);
    stream.once('close', () => this.#closed(stream));
  }

  #waitForQuiet(): void {
    this.#timer = setTimeout(() => this.#finish(), QUIET_MS);
  }

  /** Silence says nothing about the process while nobody listens. */
  #pause(): void {
    if (this.#pausedAtMs !== null) return;
    this.#pausedAtMs = nowMs();
    for (const stream of this.#open) stream.pause();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#sink.pressure.whenRoom(() => this.#resume());
  }

  #resume(): void {
    this.#exitAtMs += nowMs() - (this.#pausedAtMs ?? 0);
    this.#pausedAtMs = null;
    for (const stream of this.#open) stream.resume();
    if (this.#done !== null) this.#waitForQuiet();
  }

  #closed(stream: PipeReader): void {
    this.#open.delete(stream);
    if (this.#open.size > 0) return;
    this.#sink.onOutputEnd();
    this.#finish();
  }

  #stillWriting(bytes: number): void {
    this.#bytesSinceExit += bytes;
    const tooLong = nowMs() - this.#exitAtMs > CHATTY_MS;
    if (tooLong || this.#bytesSinceExit > PIPE_CAPACITY) this.#finish();
    else this.#timer?.refresh();
  }

  #finish(): void {
    const done = this.#done;
    if (done === null) return;
    this.#done = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const stream of this.#open) unref(stream);
    done();
  }
}

/** Pipes and sockets have unref(); the type Readable does not say so. */
function unref(stream: PipeReader): void {
  if ('unref' in stream && typeof stream.unref === 'function') stream.unref();
}
