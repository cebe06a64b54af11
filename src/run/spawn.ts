import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { accessSync, closeSync, constants, statSync } from 'node:fs';
import { Drain } from './drain.ts';
import type { Environment } from './environment.ts';
import type { StreamName } from './task-log.ts';
import type { OutputPipes, TaskPipes } from './task-pipes.ts';

export interface Program {
  readonly command: { readonly file: string; readonly args: readonly string[] };
  readonly directory: string;
  readonly environment: Environment;
  /** Where its output goes through; null: through sockets, which scripts cannot open by name. */
  readonly pipes: TaskPipes | null;
  /** Called for every piece of output, also for what background processes write after the end. */
  readonly onOutput: (stream: StreamName, chunk: Buffer) => void;
  /** Called when nobody has stdout and stderr open any more; also when the program could not be started. */
  readonly onOutputEnd: () => void;
  /** Called when the main process has ended and its pid is free. */
  readonly onExit: (pid: number) => void;
}

export type ProgramEnd =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }
  /** `command` is what could not be used: the interpreter, or the directory. */
  | { readonly kind: 'not-started'; readonly command: string; readonly code: string };

export interface Running {
  /** Null when it could not be started. */
  readonly pid: number | null;
  /** When the main process has ended and all that it had written has been handed to `onOutput`. */
  readonly ended: Promise<ProgramEnd>;
}

/** Starts a program in a session of its own, so that a terminal's Ctrl-C reaches otto only. stdin is empty. */
export function start(program: Program): Running {
  const pipes = tryToOpen(program.pipes);
  if (pipes instanceof Error) return unstarted(program, pipes);
  const child = tryToSpawn(program, pipes);
  // Without descriptors left Node has no streams to show, whatever its types say.
  const stdout = pipes?.stdout.reader ?? (child instanceof Error ? null : (child.stdout ?? null));
  const stderr = pipes?.stderr.reader ?? (child instanceof Error ? null : (child.stderr ?? null));
  const drain = new Drain(program, { stdout, stderr });
  if (child instanceof Error) return { pid: null, ended: Promise.resolve(notStarted(program, child)) };
  if (child.pid === undefined) return { pid: null, ended: spawnError(program, child) };
  return { pid: child.pid, ended: exitOf(program, { child, pid: child.pid, drain }) };
}

function unstarted(program: Program, error: NodeJS.ErrnoException): Running {
  program.onOutputEnd();
  return { pid: null, ended: Promise.resolve(notStarted(program, error)) };
}

function tryToOpen(pipes: TaskPipes | null): OutputPipes | NodeJS.ErrnoException | null {
  try {
    return pipes?.open() ?? null;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}

/** Some errors are thrown (E2BIG), some come as an event (ENOENT). */
function tryToSpawn(program: Program, pipes: OutputPipes | null): ChildProcess | NodeJS.ErrnoException {
  const { command, directory, environment } = program;
  const output: StdioOptions = pipes === null ? ['pipe', 'pipe'] : [pipes.stdout.writer, pipes.stderr.writer];
  try {
    return spawn(command.file, command.args, {
      cwd: directory,
      env: environment,
      detached: true,
      stdio: ['ignore', ...output],
    });
  } catch (error) {
    return error as NodeJS.ErrnoException;
  } finally {
    if (pipes !== null) for (const { writer } of Object.values(pipes)) closeSync(writer);
  }
}

function spawnError(program: Program, child: ChildProcess): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(notStarted(program, error)));
  });
}

/** The system says ENOENT for a missing command and for a missing directory alike. */
function notStarted({ command, directory }: Program, error: NodeJS.ErrnoException): ProgramEnd {
  const code = error.code ?? error.message;
  const directoryCode = problemOfDirectory(directory);
  return directoryCode === null
    ? { kind: 'not-started', command: command.file, code }
    : { kind: 'not-started', command: directory, code: directoryCode };
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

interface Started {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly drain: Drain;
}

function exitOf(program: Program, { child, pid, drain }: Started): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      program.onExit(pid);
      const end: ProgramEnd =
        signal === null ? { kind: 'exit', code: code ?? 0 } : { kind: 'signal', signal };
      drain.afterExit(() => resolve(end));
    });
  });
}
