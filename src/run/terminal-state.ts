import { spawnSync } from 'node:child_process';

export interface TerminalState {
  /** Sets the terminal as it was: after a program that could not do that itself, no echo and raw keys would stay. */
  restore(): void;
}

/** What `stty -g` prints: numbers, and nothing that a shell or stty could take for something else. */
const STATE = /^[0-9a-f:=;a-z]+$/i;

/** The settings of the terminal that stdin is; null when it is none, or nothing can be told of it. */
export function keepTerminal(): TerminalState | null {
  const { stdout, status } = spawnSync('stty', ['-g'], {
    stdio: ['inherit', 'pipe', 'ignore'],
    encoding: 'latin1',
  });
  const state = (stdout ?? '').trim();
  return status === 0 && STATE.test(state) ? { restore: () => setTerminal(state) } : null;
}

/** When the program had taken the foreground with it, setting the terminal would stop stty: hence the trap. */
function setTerminal(state: string): void {
  spawnSync('sh', ['-c', 'trap "" TTOU; exec stty "$1"', 'sh', state], {
    stdio: ['inherit', 'ignore', 'ignore'],
  });
}
