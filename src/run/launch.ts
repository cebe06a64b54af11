import type { Readable } from 'node:stream';
import type { Environment } from './environment.ts';

/** A process that is to be started: in a session of its own, with default signals. */
export interface Launch {
  /** A file without a slash is looked for in the PATH of `environment`. */
  readonly command: { readonly file: string; readonly args: readonly string[] };
  readonly directory: string;
  readonly environment: Environment;
  /** The descriptor that becomes its stdin, and stays open here; null: its stdin is empty. */
  readonly stdin: number | null;
  /** Descriptors that it finds at 3 and on; they stay open here, too. */
  readonly further: readonly number[];
  /** Descriptors that become its stdout and stderr, and stay open here; null: the launcher makes something to read from. */
  readonly output: { readonly stdout: number; readonly stderr: number } | null;
}

export interface Launched {
  /** Null when it could not be started. */
  readonly pid: number | null;
  /** What the launcher made to read from. */
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** When the process has ended and its pid is free. */
  readonly ended: Promise<LaunchEnd>;
}

export type LaunchEnd =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }
  /** It could not be started: the errno's name. */
  | { readonly kind: 'error'; readonly code: string };

export type Launcher = (launch: Launch) => Launched;

export function notLaunched(code: string): Launched {
  return { pid: null, stdout: null, stderr: null, ended: Promise.resolve({ kind: 'error', code }) };
}
