import type { EventEmitter } from 'node:events';
import { closeSync } from 'node:fs';

/**
 * What there is to read from a child: a stream of Node's, or what does the same for less. It emits `data`, and `close` when there
 * is no more.
 */
export interface PipeReader extends EventEmitter {
  pause(): void;
  resume(): void;
  destroy(): void;
}

/** Both ends of a pipe. `writer` goes to a child and is closed here after that. */
export interface OpenPipe {
  readonly reader: PipeReader;
  readonly writer: number;
}

export interface OutputPipes {
  readonly stdout: OpenPipe;
  readonly stderr: OpenPipe;
}

/** The pipes of one task's stdout and stderr. */
export interface TaskPipes {
  /** Throws an errno exception when the system has no descriptors left. */
  open(): OutputPipes;
  /** To be called when both have been read to their end and closed: then another task may have them. */
  giveBack(): void;
}

/**
 * Pipes for the output of tasks. What Node itself makes for a child are sockets, and a socket cannot be opened by name: with
 * them, `echo problem > /dev/stderr` fails in every script.
 */
export interface PipeSource {
  /** Null where there are none. */
  take(): Promise<TaskPipes | null>;
  close(): void;
}

/** Opens both or none: a pipe whose two ends stay open here would keep otto alive for ever. */
export function openBoth(stdout: () => OpenPipe, stderr: () => OpenPipe): OutputPipes {
  const first = stdout();
  try {
    return { stdout: first, stderr: stderr() };
  } catch (error) {
    closeSync(first.writer);
    first.reader.destroy();
    throw error;
  }
}
