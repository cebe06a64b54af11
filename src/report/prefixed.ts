import type { TaskName } from '../base/task-name.ts';
import type { Listener, RunEvent } from '../run/events.ts';
import { columns } from './columns.ts';
import type { Screen, StreamName } from './screen.ts';
import { shownName } from './shown-name.ts';

/** Longer names stand out to the right instead of pushing all lines there. */
const WIDEST_NAME = 24;
/** A line that is longer is written in pieces, so that a line without end takes no memory. */
const LONGEST_HELD = 64 * 1024;
const NEWLINE = 10;
const COLOURS = [36, 35, 32, 34, 33, 96, 95, 92, 94];

/** Shows output as it comes, each line as `task | line`, a line at a time: lines of two tasks never mix. */
export function prefixedReporter(screen: Screen): Listener {
  const reporter = new Prefixed(screen);
  return (event) => reporter.listen(event);
}

class Prefixed {
  readonly #screen: Screen;
  readonly #order = new Map<TaskName, number>();
  readonly #streams = new Map<string, LineBuffer>();
  #width = 0;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  listen(event: RunEvent): void {
    if (event.type === 'run-started' || event.type === 'tasks-added') this.#layOut(event.tasks);
    else if (event.type === 'task-output') this.#buffer(event.task, event.stream).add(event.chunk);
    else if (event.type === 'task-finished') this.#end(event.task);
  }

  #layOut(tasks: readonly TaskName[]): void {
    for (const task of tasks) {
      this.#order.set(task, this.#order.size);
      const width = columns(shownName(task));
      if (width <= WIDEST_NAME) this.#width = Math.max(this.#width, width);
    }
  }

  #buffer(task: TaskName, stream: StreamName): LineBuffer {
    const key = `${stream} ${task}`;
    let buffer = this.#streams.get(key);
    if (buffer === undefined) {
      buffer = new LineBuffer(this.#screen, { stream, task, prefix: this.#prefix(task, stream) });
      this.#streams.set(key, buffer);
    }
    return buffer;
  }

  #prefix(task: TaskName, stream: StreamName): Buffer {
    const name = shownName(task);
    const padded = name + ' '.repeat(Math.max(0, this.#width - columns(name)));
    const colour = COLOURS[(this.#order.get(task) ?? 0) % COLOURS.length] ?? 0;
    return Buffer.from(`${this.#screen.style(stream, colour, `${padded} |`)} `);
  }

  #end(task: TaskName): void {
    for (const stream of ['stdout', 'stderr']) {
      const key = `${stream} ${task}`;
      this.#streams.get(key)?.end();
      this.#streams.delete(key);
    }
  }
}

interface LineSource {
  readonly stream: StreamName;
  readonly task: TaskName;
  readonly prefix: Buffer;
}

/** Cuts one stream of one task into lines. The bytes themselves are passed on as they are. */
class LineBuffer {
  readonly #screen: Screen;
  readonly #source: LineSource;
  /** The beginning of a line whose end has not come yet. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** A part of the line has been written already. */
  #begun = false;

  constructor(screen: Screen, source: LineSource) {
    this.#screen = screen;
    this.#source = source;
  }

  add(chunk: Buffer): void {
    const lastNewline = chunk.lastIndexOf(NEWLINE);
    if (lastNewline >= 0) this.#writeLines(chunk.subarray(0, lastNewline + 1));
    const rest = chunk.subarray(lastNewline + 1);
    if (rest.length > 0) this.#hold(rest);
  }

  end(): void {
    if (this.#heldBytes > 0 || this.#begun) this.#writeLines(Buffer.of(NEWLINE));
  }

  #hold(bytes: Buffer): void {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes < LONGEST_HELD) return;
    const { stream, task } = this.#source;
    this.#screen.part(stream, task, Buffer.concat([this.#lead(), ...this.#takeHeld()]));
    this.#begun = true;
  }

  /** `lines` ends with a newline; what was held is the beginning of its first line. */
  #writeLines(lines: Buffer): void {
    const { stream, task, prefix } = this.#source;
    const firstEnd = lines.indexOf(NEWLINE) + 1;
    const pieces = [this.#lead(), ...this.#takeHeld(), lines.subarray(0, firstEnd)];
    for (let at = firstEnd; at < lines.length; ) {
      const end = lines.indexOf(NEWLINE, at) + 1;
      pieces.push(prefix, lines.subarray(at, end));
      at = end;
    }
    this.#screen.endPart(stream, task, Buffer.concat(pieces));
    this.#begun = false;
  }

  /** What comes before the held bytes: nothing when the screen still stands in their line. */
  #lead(): Buffer {
    const { stream, task, prefix } = this.#source;
    return this.#begun && this.#screen.isOpen(stream, task) ? Buffer.alloc(0) : prefix;
  }

  #takeHeld(): Buffer[] {
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    return held;
  }
}
