import type { TaskName } from '../base/task-name.ts';
import type { BackPressure } from './back-pressure.ts';
import type { Environment } from './environment.ts';
import type { ProcessTrees } from './process-tree.ts';
import { type ProgramEnd, start } from './spawn.ts';
import type { PipeSource } from './task-pipes.ts';

/** A command of `$(…)` and what it runs in. The command is an argument of bash: nothing is ever pasted into it. */
export interface ShellCommand {
  readonly bash: string;
  readonly command: string;
  /** What bash calls itself in messages. */
  readonly name: string;
  readonly directory: string;
  readonly environment: Environment;
}

export interface CommandResult {
  readonly end: ProgramEnd;
  /** What it printed, cut behind `maxBytes`. */
  readonly stdout: Buffer;
  /** The end of what it said. */
  readonly stderr: string;
}

export interface CommandContext {
  readonly trees: ProcessTrees;
  /** Whose its processes are. */
  readonly owner: TaskName;
  readonly pipes: PipeSource;
  /** More of stdout than this is of no use. */
  readonly maxBytes: number;
  /** True when nothing is to be started any more. */
  readonly ended: () => boolean;
}

const NOT_RUN: CommandResult = {
  end: { kind: 'signal', signal: 'SIGTERM' },
  stdout: Buffer.alloc(0),
  stderr: '',
};

const KEPT_STDERR_BYTES = 4096;
const NO_PRESSURE: BackPressure = { isFull: () => false, whenRoom: () => undefined };

export async function runShellCommand(
  { bash, command, name, directory, environment }: ShellCommand,
  { trees, owner, pipes: source, maxBytes, ended }: CommandContext,
): Promise<CommandResult> {
  const pipes = await source.take();
  if (ended()) {
    pipes?.giveBack();
    return NOT_RUN;
  }
  const stdout: Buffer[] = [];
  let stderr = Buffer.alloc(0);
  let bytes = 0;
  let alive = true;
  const program = start({
    command: { file: bash, args: ['-c', command, name] },
    ...{ directory, environment, pipes, pressure: NO_PRESSURE, stdin: null, stdout: null, further: [] },
    onOutput: (stream, chunk) => {
      if (stream === 'stderr') stderr = Buffer.concat([stderr, chunk]).subarray(-KEPT_STDERR_BYTES);
      else if (bytes <= maxBytes) {
        stdout.push(Buffer.from(chunk));
        bytes += chunk.length;
        if (bytes > maxBytes && alive && program.pid !== null) endGroup(program.pid);
      }
    },
    onOutputEnd: () => pipes?.giveBack(),
    onExit: (pid) => {
      alive = false;
      trees.ended(pid);
    },
  });
  if (program.pid !== null) trees.started(owner, program.pid);
  return { end: await program.ended, stdout: Buffer.concat(stdout), stderr: stderr.toString() };
}

/** What prints without end. Its pid, which names its group as well, is not given out again before it was seen to end. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
