import { accessSync, closeSync, constants, statSync } from 'node:fs';
import type { BackPressure } from './back-pressure.ts';
import { Drain } from './drain.ts';
import type { Environment } from './environment.ts';
import type { Launched } from './launch.ts';
import { nativeLauncher } from './native-process.ts';
import { launchByNode } from './node-process.ts';
import type { StreamName } from './task-log.ts';
import type { OutputPipes, TaskPipes } from './task-pipes.ts';

export interface Program {
  readonly command: { readonly file: string; readonly args: readonly string[] };
  readonly directory: string;
  readonly environment: Environment;
  /** Where its output goes through; null: through sockets, which scripts cannot open by name. */
  readonly pipes: TaskPipes | null;
  /** The descriptor that becomes its stdin; null: it is empty. */
  readonly stdin: number | null;
  /** The descriptor that becomes its stdout, of which `onOutput` hears nothing then; null: it goes through `pipes`. */
  readonly stdout: number | null;
  /** Descriptors that it finds at 3 and on. */
  readonly further: readonly number[];
  /** Called for every piece of output, also for what background processes write after the end. */
  readonly onOutput: (stream: StreamName, chunk: Buffer) => void;
  /** Called when nobody has stdout and stderr open any more; also when the program could not be started. */
  readonly onOutputEnd: () => void;
  /** Output is not read while this is full. */
  readonly pressure: BackPressure;
  /** Called when the main process has ended and its pid is free. */
  readonly onExit: (pid: number) => void;
}

export type ProgramEnd =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }
  /** `command` is what could not be used: the interpreter, or the directory. */
  | {
      readonly kind: 'not-started';
      readonly command: string;
      readonly code: string;
      readonly isDirectory?: true;
    };

export interface Running {
  /** Null when it could not be started. */
  readonly pid: number | null;
  /** When the main process has ended and all that it had written has been handed to `onOutput`. */
  readonly ended: Promise<ProgramEnd>;
}

/** Starts a program in a session of its own, so that a terminal's Ctrl-C reaches otto only. */
export function start(program: Program): Running {
  const pipes = tryToOpen(program.pipes);
  if (pipes instanceof Error) return unstarted(program, pipes);
  const launched = launch(program, pipes);
  const stdout = pipes?.stdout.reader ?? launched.stdout;
  const stderr = pipes?.stderr.reader ?? launched.stderr;
  return { pid: launched.pid, ended: endOf(program, launched, new Drain(program, { stdout, stderr })) };
}

function unstarted(program: Program, error: NodeJS.ErrnoException): Running {
  program.onOutputEnd();
  return { pid: null, ended: Promise.resolve(notStarted(program, error.code ?? error.message)) };
}

function tryToOpen(pipes: TaskPipes | null): OutputPipes | NodeJS.ErrnoException | null {
  try {
    return pipes?.open() ?? null;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}

/** The addon is the faster launcher; only Node makes streams, and hands descriptors on besides those for output. */
function launch(program: Program, pipes: OutputPipes | null): Launched {
  const { command, directory, environment, stdin, further } = program;
  const common = { command, directory, environment, stdin, further };
  if (pipes === null) return launchByNode({ ...common, output: null });
  const output = { stdout: program.stdout ?? pipes.stdout.writer, stderr: pipes.stderr.writer };
  const launcher = (further.length === 0 && stdin === null ? nativeLauncher() : null) ?? launchByNode;
  try {
    return launcher({ ...common, output });
  } finally {
    for (const { writer } of [pipes.stdout, pipes.stderr]) closeSync(writer);
  }
}

async function endOf(program: Program, { pid, ended }: Launched, drain: Drain): Promise<ProgramEnd> {
  const end = await ended;
  if (end.kind === 'error') return notStarted(program, end.code);
  if (pid !== null) program.onExit(pid);
  return new Promise((resolve) => drain.afterExit(() => resolve(end)));
}

/** The system says ENOENT for a missing command and for a missing directory alike. */
export function notStarted(
  { command, directory }: Pick<Program, 'command' | 'directory'>,
  code: string,
): ProgramEnd {
  const directoryCode = problemOfDirectory(directory);
  return directoryCode === null
    ? { kind: 'not-started', command: command.file, code }
    : { kind: 'not-started', command: directory, code: directoryCode, isDirectory: true };
}

function problemOfDirectory(path: string): string | null {
  try {
    if (!statSync(path).isDirectory()) return 'ENOTDIR';
    accessSync(path, constants.X_OK);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? null;
  }
}
