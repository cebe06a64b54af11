import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** `missing`: it is not there, or cannot be used. `warn`: it is, but with limits that a user may meet. */
export type CheckState = 'ok' | 'warn' | 'missing';

/** One line of `otto doctor`. */
export interface Check {
  readonly name: string;
  readonly state: CheckState;
  /** What was found. */
  readonly found: string;
  /** Without it otto does not do what it does by default. */
  readonly needed: boolean;
  /** What to do about it. */
  readonly hint: string | null;
}

interface Finding {
  readonly found: string;
  readonly hint?: string;
  readonly needed?: boolean;
}

const check = (name: string, state: CheckState, { found, hint, needed = false }: Finding): Check => ({
  name,
  state,
  found,
  needed,
  hint: hint ?? null,
});

export const fine = (name: string, found: string): Check => check(name, 'ok', { found });
export const warning = (name: string, found: string, hint: string): Check =>
  check(name, 'warn', { found, hint });
export const missing = (name: string, finding: Finding): Check => check(name, 'missing', finding);

/** A program that hangs is as good as none. */
const TIMEOUT_MS = 10_000;

/** What a program prints, both streams; null when it cannot be run or fails. */
export function outputOf(command: string, args: readonly string[]): string | null {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return status === 0 ? `${stdout}${stderr}`.trim() : null;
}

/** Where PATH finds a program; null where it does not. */
export function pathOf(program: string): string | null {
  if (program.includes('/')) return existsSync(program) ? program : null;
  const directories = (process.env.PATH ?? '').split(delimiter).filter((directory) => directory !== '');
  return directories.map((directory) => join(directory, program)).find(isExecutable) ?? null;
}

export const isWritable = (path: string): boolean => isAccessible(path, constants.W_OK | constants.X_OK);
const isExecutable = (path: string): boolean => isAccessible(path, constants.X_OK);

function isAccessible(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** The path, or the nearest directory above it that exists: there it would be made. */
export function existing(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existing(dirname(path));
}

/** Whether the dotted number is at least the other. */
export function isAtLeast(version: string, wanted: string): boolean {
  const [have, need] = [version, wanted].map((text) => text.split('.').map(Number)) as [number[], number[]];
  for (const [at, part] of need.entries()) {
    const own = have[at] ?? 0;
    if (own !== part) return own > part;
  }
  return true;
}
