import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { ScreenEmulator } from '../support/screen-emulator.ts';
import { CLI, type Project } from './project.ts';

export interface TerminalOptions {
  readonly columns?: number;
  /** The terminal wraps lines again when its width changes. */
  readonly reflow?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** A command that runs on a real pseudo-terminal, and what one sees there. `otto` is a word of its commands. */
export class OnTerminal {
  readonly screen: ScreenEmulator;
  /** All that was written, as it came. */
  raw = '';
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown[]>;
  readonly #decoder = new TextDecoder();
  #onData: () => void = () => undefined;

  constructor(project: Project, command: string, options: TerminalOptions = {}) {
    const { columns = 80, reflow = false, env = {} } = options;
    this.screen = new ScreenEmulator(columns, { reflow });
    const rig = join(import.meta.dirname, 'on_terminal.py');
    const shell = ['bash', '-c', `otto() { "${process.execPath}" "${CLI}" "$@"; }; ${command}`];
    const { PATH, HOME } = process.env;
    this.#child = spawn('python3', [rig, '24', String(columns), ...shell], {
      cwd: project.directory,
      env: { PATH, HOME, OTTO_HOME: project.home, TERM: 'xterm-256color', NO_COLOR: '1', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#exit = once(this.#child, 'close');
    this.#child.stdout?.on('data', (piece: Buffer) => {
      const text = this.#decoder.decode(piece, { stream: true });
      this.raw += text;
      this.screen.write(text);
      this.#onData();
    });
  }

  /** Resolves when this is true of what one sees. */
  async until(seen: (screen: ScreenEmulator) => boolean): Promise<void> {
    if (seen(this.screen)) return;
    await new Promise<void>((resolve, reject) => {
      this.#onData = () => {
        if (seen(this.screen)) resolve();
      };
      void this.#exit.then(() => reject(new Error(`it ended, and showed:\n${this.screen.lines.join('\n')}`)));
    });
    this.#onData = () => undefined;
  }

  resize(columns: number): void {
    this.screen.resize(columns);
    this.#tell(`size 24 ${columns}`);
  }

  /** In Python's escapes: `\\x03` is Ctrl-C. */
  type(keys: string): void {
    this.#tell(`type ${keys}`);
  }

  /** The exit code. */
  async ended(): Promise<number> {
    const [code] = await this.#exit;
    return code as number;
  }

  #tell(line: string): void {
    (this.#child.stdin as Writable).write(`${line}\n`);
  }
}

export const STATUS = /^\[\d+\/\d+(?:, \d+ failed)?\]/;
