import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskName } from '../base/task-name.ts';
import type { BackPressure } from '../run/back-pressure.ts';
import type { Block } from './block.ts';
import { BlockWriter } from './block-writer.ts';
import type { ScreenOptions, StreamName } from './screen.ts';
import { quotedName } from './shown-name.ts';
import { UnmarkedLog } from './unmarked-log.ts';

/** How much is read, and written, at once. */
const STEP_BYTES = 256 * 1024;

export interface LogsToShow {
  readonly task: TaskName;
  readonly logs: Logs;
  readonly block: Block;
  readonly out: ScreenOptions;
  readonly pressure: BackPressure;
  readonly isInterrupted: () => boolean;
}

/** The logs of a task, or of one attempt: open from the beginning, so that they may be moved. */
export class Logs {
  readonly directory: string;
  readonly #open: Readonly<Record<StreamName, number | NodeJS.ErrnoException>>;

  /** Null for most: stdout as it was printed. */
  readonly #unmarked: UnmarkedLog | null;

  /** `isFiltered`: stdout has markers that are not shown. */
  constructor(directory: string, isFiltered: boolean) {
    this.directory = directory;
    this.#open = { stdout: this.#tryOpen('stdout'), stderr: this.#tryOpen('stderr') };
    const { stdout } = this.#open;
    this.#unmarked = isFiltered && typeof stdout === 'number' ? new UnmarkedLog(stdout) : null;
  }

  /** The next bytes of one of them, fewer only at its end. Throws when it cannot be read. */
  read(stream: StreamName, bytes: number): Buffer {
    const descriptor = this.#open[stream];
    if (typeof descriptor !== 'number') throw descriptor;
    if (stream === 'stdout' && this.#unmarked !== null) return this.#unmarked.read(bytes);
    const buffer = Buffer.allocUnsafe(bytes);
    return buffer.subarray(0, readSync(descriptor, buffer, 0, bytes, null));
  }

  close(): void {
    for (const descriptor of Object.values(this.#open))
      if (typeof descriptor === 'number') closeSync(descriptor);
  }

  #tryOpen(stream: StreamName): number | NodeJS.ErrnoException {
    try {
      return openSync(join(this.directory, `${stream}.log`), 'r');
    } catch (error) {
      return error as NodeJS.ErrnoException;
    }
  }
}

/** Writes a task's output from its logs, no faster than it is read. Never rejects: what cannot be read is told. */
export async function streamLogs(toShow: LogsToShow): Promise<void> {
  const { task, logs, out } = toShow;
  const writer = new BlockWriter(out);
  const problem = await copy(toShow, writer);
  logs.close();
  writer.end();
  if (problem !== null)
    out.stderr(`otto: output of task ${quotedName(task)}: ${problem} ${logs.directory}\n`);
}

/** Null when all is written, else what is the matter with the rest. */
async function copy(
  { block, logs, pressure, isInterrupted }: LogsToShow,
  writer: BlockWriter,
): Promise<string | null> {
  try {
    for (const { stream, bytes } of block.pieces) {
      for (let left = bytes; left > 0; ) {
        await room(pressure);
        if (isInterrupted()) return 'the rest is in';
        const piece = logs.read(stream, Math.min(left, STEP_BYTES));
        if (piece.length === 0) return 'the rest is missing in';
        writer.write(stream, piece);
        left -= piece.length;
      }
    }
    return null;
  } catch (error) {
    return `${(error as NodeJS.ErrnoException).code ?? String(error)}: cannot read it in`;
  }
}

const room = (pressure: BackPressure): Promise<void> =>
  new Promise((resolve) => (pressure.isFull() ? pressure.whenRoom(resolve) : resolve()));
