import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../base/io-failure.ts';
import type { Environment } from './environment.ts';
import type { ExecutorContext, ReachedTask } from './executor-context.ts';
import type { LaunchEnd } from './launch.ts';
import { codeOf, endOf } from './node-process.ts';
import { type Ended, NOT_STARTED } from './outcome.ts';
import { notStarted, type ProgramEnd } from './spawn.ts';
import { keepTerminal } from './terminal-state.ts';
import { Watch } from './watch.ts';

/** A task whose stdin, stdout and stderr are otto's own. */
export interface InteractiveTask extends ReachedTask {
  readonly directory: string;
  readonly command: { readonly file: string; readonly args: readonly string[] };
  readonly environment: Environment;
}

/** Stands in the log: there is no other way to tell an empty output from one that was not kept. */
const NOTE = 'otto: this task is interactive: what it printed went to the terminal and was not kept\n';

/**
 * Runs a task that has the terminal. It stays in otto's process group, which is the one in the foreground: so it may read from the
 * terminal, and Ctrl-C and Ctrl-Z reach it as they would without otto.
 */
export async function runInteractively(context: ExecutorContext, toRun: InteractiveTask): Promise<Ended> {
  const { task, directory } = toRun;
  attempt('write', directory, () => {
    writeFileSync(join(directory, 'stdout.log'), NOTE);
    writeFileSync(join(directory, 'stderr.log'), '');
  });
  const watch = new Watch(context, task);
  const terminal = keepTerminal();
  const keyboard = context.lendKeyboard(terminal !== null);
  const child = launch(toRun);
  watch.started(child instanceof Error ? null : (child.pid ?? null));
  const end: LaunchEnd = child instanceof Error ? { kind: 'error', code: codeOf(child) } : await endOf(child);
  keyboard.takeBack(diedOfCtrlC(end));
  if (!(child instanceof Error) && child.pid !== undefined) watch.exited(child.pid);
  if (end.kind !== 'exit' || end.code !== 0) terminal?.restore();
  return { ...NOT_STARTED, process: programEnd(toRun, end), cut: await watch.over() };
}

/** Some errors are thrown (E2BIG), some come as an event (ENOENT). */
function launch({ command, task, environment }: InteractiveTask): ChildProcess | Error {
  try {
    return spawn(command.file, command.args, {
      cwd: task.definition.directory,
      env: environment,
      stdio: 'inherit',
    });
  } catch (error) {
    return error as Error;
  }
}

function programEnd({ command, task }: InteractiveTask, end: LaunchEnd): ProgramEnd {
  if (end.kind !== 'error') return end;
  return notStarted({ command, directory: task.definition.directory }, end.code);
}

/** By the signal itself, or as shells tell it of a program of theirs. */
const diedOfCtrlC = (end: LaunchEnd): boolean =>
  (end.kind === 'signal' && end.signal === 'SIGINT') || (end.kind === 'exit' && end.code === 130);
