import type { TaskName } from '../base/task-name.ts';
import type { Listener, RunEvent } from '../run/events.ts';
import type { Screen, StreamName } from './screen.ts';
import { wholeCharacters } from './utf8-cut.ts';

/** While a task's line is open, others' output waits for its end: so long, and of each so much. */
const PATIENCE_MS = 200;
const LONGEST_HELD = 64 * 1024;
const NEWLINE = 10;

/**
 * Passes on the bytes of all tasks as they are, as soon as they come. Only what another task's unfinished line would be mixed with
 * waits for a moment, and a character is never split.
 */
export function rawReporter(screen: Screen): Listener {
  const streams = {
    stdout: new RawStream((bytes) => screen.exactly('stdout', bytes)),
    stderr: new RawStream((bytes) => screen.exactly('stderr', bytes)),
  } satisfies Record<StreamName, RawStream>;
  const both = Object.values(streams);
  return (event: RunEvent) => {
    if (event.type === 'task-output') streams[event.stream].add(event.task, event.chunk);
    else if (event.type === 'task-finished') for (const stream of both) stream.end(event.task);
    else if (event.type === 'run-finished') for (const stream of both) stream.flush();
  };
}

interface Held {
  readonly pieces: Buffer[];
  bytes: number;
}

class RawStream {
  readonly #write: (bytes: Buffer) => void;
  /** Whose line is open. */
  #owner: TaskName | null = null;
  /** In the order in which they came. */
  readonly #held = new Map<TaskName, Held>();
  #timer: NodeJS.Timeout | null = null;

  constructor(write: (bytes: Buffer) => void) {
    this.#write = write;
  }

  add(task: TaskName, chunk: Buffer): void {
    const held = this.#held.get(task) ?? { pieces: [], bytes: 0 };
    held.pieces.push(chunk);
    held.bytes += chunk.length;
    this.#held.set(task, held);
    if (this.#owner === null || this.#owner === task) this.#show(task);
    else if (held.bytes > LONGEST_HELD) this.#show(task);
    else this.#timer ??= setTimeout(() => this.#losePatience(), PATIENCE_MS).unref();
  }

  /** Nothing more comes from this task: its open line keeps nobody waiting. */
  end(task: TaskName): void {
    if (this.#owner !== task && this.#owner !== null) return;
    this.#showAll(task);
    this.#owner = null;
    this.#showWaiting();
  }

  /** Everything that is left is shown. */
  flush(): void {
    this.#stopTimer();
    for (const task of [...this.#held.keys()]) this.#showAll(task);
  }

  #losePatience(): void {
    this.#timer = null;
    for (const task of [...this.#held.keys()]) this.#showWhole(task);
  }

  #show(task: TaskName): void {
    this.#showWhole(task);
    if (this.#owner === null) this.#showWaiting();
  }

  /** Those that were waiting, one after the other, until one leaves its line open. */
  #showWaiting(): void {
    for (const task of [...this.#held.keys()]) {
      if (this.#owner !== null) return;
      this.#showWhole(task);
    }
    if (this.#owner === null) this.#stopTimer();
  }

  /** All but the beginning of a character, whose rest is still to come. */
  #showWhole(task: TaskName): void {
    const bytes = this.#take(task);
    const end = wholeCharacters(bytes);
    if (end < bytes.length)
      this.#held.set(task, { pieces: [bytes.subarray(end)], bytes: bytes.length - end });
    this.#put(task, bytes.subarray(0, end));
  }

  #showAll(task: TaskName): void {
    this.#put(task, this.#take(task));
  }

  #put(task: TaskName, bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#write(bytes);
    this.#owner = bytes.at(-1) === NEWLINE ? null : task;
  }

  #take(task: TaskName): Buffer {
    const held = this.#held.get(task);
    this.#held.delete(task);
    if (held === undefined) return Buffer.alloc(0);
    return held.pieces.length === 1 ? (held.pieces[0] as Buffer) : Buffer.concat(held.pieces);
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
