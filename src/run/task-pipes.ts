import type { Readable } from 'node:stream';

/** Both ends of a pipe. `writer` goes to a child and is closed here after that. */
export interface OpenPipe {
  readonly reader: Readable;
  readonly writer: number;
}

/** The pipes of one task's stdout and stderr. */
export interface TaskPipes {
  open(): { readonly stdout: OpenPipe; readonly stderr: OpenPipe };
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
