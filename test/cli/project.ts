import { type ChildProcess, type StdioOptions, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const CLI = join(import.meta.dirname, '../../dist/cli.js');

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Relative to the project. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another installation of otto. */
  readonly cli?: string;
}

/** A directory with files, and an otto whose home lies in it. */
export class Project implements Disposable {
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), 'otto-cli-')));
  readonly home = join(this.directory, 'home');

  constructor(files: Readonly<Record<string, string>>) {
    for (const [name, text] of Object.entries(files)) this.write(name, text);
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  /** Runs the built command line to its end. */
  otto(args: readonly string[], { cwd = '.', env = {}, cli = CLI }: RunOptions = {}): Result {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
      cwd: this.path(cwd),
      env: { ...this.environment(), ...env },
      encoding: 'utf8',
    });
    return { code: status, stdout, stderr };
  }

  /** Starts it, for tests that do something meanwhile. */
  start(args: readonly string[], stdio: StdioOptions = ['ignore', 'pipe', 'pipe']): ChildProcess {
    return spawn(process.execPath, [CLI, ...args], {
      cwd: this.directory,
      env: this.environment(),
      stdio,
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Nothing of the surrounding process that would change what otto does. */
  environment(): NodeJS.ProcessEnv {
    const { PATH, HOME } = process.env;
    return { PATH, HOME, OTTO_HOME: this.home };
  }
}

/** A project with one ottofile. */
export const project = (ottofile: string): Project => new Project({ 'otto.yml': ottofile });
