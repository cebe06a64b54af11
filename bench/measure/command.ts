import { spawnSync } from 'node:child_process';

export interface Command {
  readonly argv: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const LIMIT_MS = 120_000;

/** Seconds from before the start of the process to after its end; throws with its words when it fails. */
export function timeCommand(command: Command): number {
  const started = process.hrtime.bigint();
  runCommand(command, 'ignore');
  return Number(process.hrtime.bigint() - started) / 1e9;
}

export const outputOf = (command: Command): string => runCommand(command, 'pipe');

function runCommand(command: Command, stdout: 'ignore' | 'pipe'): string {
  const [program = '', ...args] = command.argv;
  const result = spawnSync(program, args, {
    stdio: ['ignore', stdout, 'pipe'],
    encoding: 'utf8',
    timeout: LIMIT_MS,
    maxBuffer: 1 << 26,
    cwd: command.cwd,
    env: { ...process.env, ...command.env },
  });
  if (result.error) throw result.error;
  if (result.status !== 0) {
    const end = result.signal ?? `exit ${result.status}`;
    throw new Error(`${command.argv.join(' ')}: ${end}\n${result.stderr.trim()}`);
  }
  return result.stdout ?? '';
}
