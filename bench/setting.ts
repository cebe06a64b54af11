import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Options } from './options.ts';
import type { Check, Row } from './result.ts';

/** What every part of the benchmark is given. */
export interface Setting {
  /** Size of a large value. */
  readonly bytes: number;
  readonly quick: boolean;
  /** An empty directory in memory and one on disk, both removed at the end. */
  readonly memory: string;
  readonly disk: string;
  /** Variables of this machine that make every start of Node slower. They are taken away from all contenders. */
  readonly slowing: Readonly<Record<string, string>>;
  /** How often a row is measured whose full number of rounds is `full`. */
  rounds(full: number): number;
  say(line: string): void;
}

export type MeasurePart = (setting: Setting) => Promise<{ rows: Row[]; checks: Check[] }>;

const QUICK_ROUNDS = 3;

/** Certificates to read or modules to load, which few users have and which would dilute every ratio. */
const SLOWING = ['NODE_EXTRA_CA_CERTS', 'NODE_OPTIONS'];

function takeSlowing(): Record<string, string> {
  const taken = SLOWING.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []));
  for (const name of SLOWING) delete process.env[name];
  return Object.fromEntries(taken);
}

export async function withSetting<T>(
  options: Options,
  say: (line: string) => void,
  use: (setting: Setting) => Promise<T>,
): Promise<T> {
  const prefix = `otto-bench-${process.pid}-`;
  const memory = mkdtempSync(join('/dev/shm', prefix));
  const disk = mkdtempSync(join(tmpdir(), prefix));
  spreadDirectories(disk);
  const remove = (): void => {
    for (const directory of [memory, disk]) rmSync(directory, { recursive: true, force: true });
  };
  // An interrupted measurement must not leave gigabytes in memory.
  const leave = (): never => process.exit(130);
  process.on('exit', remove).on('SIGINT', leave).on('SIGTERM', leave);
  const slowing = takeSlowing();
  const rounds = (full: number): number => options.rounds ?? (options.quick ? QUICK_ROUNDS : full);
  try {
    return await use({ bytes: options.bytes, quick: options.quick, memory, disk, slowing, rounds, say });
  } finally {
    Object.assign(process.env, slowing);
    process.off('exit', remove).off('SIGINT', leave).off('SIGTERM', leave);
    remove();
  }
}

/**
 * Where many files have just been deleted, ext4 walks over all of them to find room for each new one, for minutes. With
 * this attribute the directories in `disk` go elsewhere on the file system. Other file systems neither know nor need it.
 */
function spreadDirectories(disk: string): void {
  spawnSync('chattr', ['+T', disk], { stdio: 'ignore' });
}

/** An empty directory of this name, whatever was there before. */
export function freshDirectory(path: string): string {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
  return path;
}
