import type { Terminal } from './terminal.ts';

/** Whether tasks may have run already: it decides the exit code of what goes wrong. */
export interface Progress {
  started: boolean;
}

export interface CliContext {
  readonly terminal: Terminal;
  readonly progress: Progress;
  /** The words after `otto`. */
  readonly argv: readonly string[];
}
