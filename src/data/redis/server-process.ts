import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { dirname } from 'node:path';
import { childCollected, childStarted } from '../../base/children.ts';

export interface ServerToStart {
  /** Holds redis.conf; the server keeps its files there. */
  readonly directory: string;
  readonly socketPath: string;
  /** Names the run in the environment, so that the next otto ends what a killed one has left. */
  readonly runDirectory: string;
}

/**
 * The shell is the server's parent and the head of its process group. It waits for otto to be killed: then it removes what lies there and
 * ends the group, itself included. Its first line tells how the server ended.
 */
const WATCH = `
exec 3<&0
{ redis-server redis.conf 4>&1 < /dev/null > /dev/null 2>&1 3<&-; echo "$?"; } &
read -r _ <&3
rm -rf -- "$@"
kill -KILL 0
`;

const COMMAND_NOT_FOUND = '127';

/** One redis-server, in a session of its own: Ctrl-C does not reach it, and it ends when otto has. */
export class ServerProcess {
  readonly #shell: ChildProcess;
  readonly #gone: Promise<void>;
  #status: string | null = null;

  private constructor(shell: ChildProcess) {
    this.#shell = shell;
    childStarted(shell.pid);
    this.#gone = new Promise((resolve) => {
      shell.once('error', () => {
        this.#status ??= COMMAND_NOT_FOUND;
        resolve();
      });
      shell.once('exit', () => {
        this.#status ??= '';
        endGroup(shell.pid);
        childCollected(shell.pid);
      });
      // The server holds the other end of the shell's output for as long as it lives.
      shell.once('close', () => resolve());
    });
    // It may be gone already.
    shell.stdin?.on('error', () => undefined);
    for (const handle of [shell, shell.stdin as Socket | null, shell.stdout as Socket | null])
      handle?.unref();
  }

  static start({ directory, socketPath, runDirectory }: ServerToStart): ServerProcess {
    const elsewhere = dirname(socketPath) === directory ? [] : [dirname(socketPath)];
    const shell = spawn('/bin/sh', ['-c', WATCH, 'otto-redis', directory, ...elsewhere], {
      cwd: directory,
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, OTTO_RUN_DIR: runDirectory },
    });
    return new ServerProcess(shell);
  }

  get hasEnded(): boolean {
    return this.#status !== null;
  }

  get isMissing(): boolean {
    return this.#status === COMMAND_NOT_FOUND;
  }

  /** `listener` is called when the server has ended by itself. */
  onEnded(listener: () => void): void {
    this.#shell.stdout?.once('data', (data: Buffer) => {
      this.#status ??= data.toString().trim();
      listener();
    });
  }

  /** Resolves when neither the server nor its shell are there any more. */
  async end(): Promise<void> {
    this.#status ??= '';
    // The output outlives the shell: without it Node would find nothing more to wait for, and end.
    for (const handle of [this.#shell, this.#shell.stdout as Socket | null]) handle?.ref();
    const { pid, exitCode, signalCode } = this.#shell;
    // Both may have been stopped: this ends them all the same. A shell that nobody has collected yet keeps the group's number.
    if (exitCode === null && signalCode === null) endGroup(pid);
    await this.#gone;
  }
}

/** All that is left of it: also when somebody has killed the shell alone, its group has kept its number. */
function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All of it has ended, as it should.
  }
}
