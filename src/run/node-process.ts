import { type ChildProcess, spawn } from 'node:child_process';
import { childCollected, childStarted } from '../base/children.ts';
import { type Launch, type LaunchEnd, type Launched, notLaunched } from './launch.ts';

/** Starts a process by Node's own means, which work everywhere. On Linux they fork: the larger otto is, the longer it takes. */
export function launchByNode(launch: Launch): Launched {
  let child: ChildProcess;
  try {
    child = spawnChild(launch);
  } catch (error) {
    // Some errors are thrown (E2BIG), some come as an event (ENOENT).
    return notLaunched(codeOf(error as Error));
  }
  // Without descriptors left Node has no streams to show, whatever its types say.
  return {
    pid: child.pid ?? null,
    stdout: child.stdout ?? null,
    stderr: child.stderr ?? null,
    ended: endOf(child),
  };
}

function spawnChild({ command, directory, environment, stdin, output, further }: Launch): ChildProcess {
  return spawn(command.file, command.args, {
    cwd: directory,
    env: environment,
    detached: true,
    stdio: [stdin ?? 'ignore', output?.stdout ?? 'pipe', output?.stderr ?? 'pipe', ...further],
  });
}

/** Its end, or the error that kept it from starting. */
export function endOf(child: ChildProcess): Promise<LaunchEnd> {
  childStarted(child.pid);
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ kind: 'error', code: codeOf(error) }));
    child.once('exit', (code, signal) => {
      childCollected(child.pid);
      resolve(signal === null ? { kind: 'exit', code: code ?? 0 } : { kind: 'signal', signal });
    });
  });
}

export const codeOf = (error: NodeJS.ErrnoException): string => error.code ?? error.message;
