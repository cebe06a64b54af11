import { existsSync, lstatSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../base/io-failure.ts';
import { ownStartTicks, startTicksOf } from '../run/start-ticks.ts';
import type { Place } from './pass.ts';

/** Processes are numbered anew in every namespace; names from another one say nothing here. */
function namespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}

const prefix = (): string => `otto-bench-${namespace()}-`;
const MEMORY = '/dev/shm';

/** Makes directories that only this user can enter, after removing those of dead ones that could not do it themselves. */
export function makePlace(parent: string): Place {
  const parents = [parent, existsSync(MEMORY) ? MEMORY : parent];
  for (const each of new Set(parents)) removeLeftovers(each);
  const [directory = '', memory = ''] = parents.map((each) =>
    attempt('make a directory in', each, () => mkdtempSync(join(each, ownName()))),
  );
  return { directory, memory };
}

export function removePlace({ directory, memory }: Place): void {
  for (const path of [directory, memory]) rmSync(path, { recursive: true, force: true, maxRetries: 5 });
}

const ownName = (): string => `${prefix()}${process.pid}-${ownStartTicks() ?? 0}-`;

/** The name tells the process, and when it began: a pid alone may belong to another one by now. */
function removeLeftovers(parent: string): void {
  const pattern = new RegExp(`^${prefix()}(\\d+)-(\\d+)-`);
  for (const name of namesIn(parent)) {
    const [, pid, ticks] = pattern.exec(name) ?? [];
    if (pid === undefined || ticks === undefined) continue;
    const path = join(parent, name);
    const isDead = (startTicksOf(Number(pid)) ?? aliveWithoutTicks(Number(pid))) !== ticks;
    if (isDead && isOwnDirectory(path)) rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Where there is no /proc every name has 0. */
function aliveWithoutTicks(pid: number): string | null {
  if (ownStartTicks() !== null) return null;
  try {
    process.kill(pid, 0);
    return '0';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? '0' : null;
  }
}

function isOwnDirectory(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && stat.uid === process.getuid?.();
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
