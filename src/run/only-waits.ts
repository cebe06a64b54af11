import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { parseStat } from './process-table.ts';

/** A process at one moment, as far as it tells whether it does anything. */
export interface SeenProcess {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  readonly isAsleep: boolean;
  readonly threads: number;
}

/** What of a process costs more to find out. */
export interface CloserLook {
  /** Where in the system it sleeps. */
  readonly sleepsIn: (pid: number) => string;
  /** What its descriptors lead to; its stdout first. */
  readonly descriptors: (pid: number) => readonly string[];
}

/**
 * Whether the task of these clients does nothing but wait for their answers: it has no other processes than them and those that wait
 * for their ends or for what they print. False also when that is not certain.
 */
export function onlyWaits(
  processes: readonly SeenProcess[],
  clients: ReadonlySet<number>,
  { otto, ...look }: CloserLook & { readonly otto: number },
): boolean {
  const byPid = new Map(processes.map((one) => [one.pid, one]));
  const lines = [...clients].map((client) => lineOf(client, byPid, otto));
  const roots = new Set(lines.map((line) => line?.at(-1)?.pid));
  if (clients.size === 0 || lines.includes(null) || roots.has(undefined)) return false;
  const members = processes.filter(
    ({ pid, session }) => roots.has(session) || roots.has(lineOf(pid, byPid, otto)?.at(-1)?.pid),
  );
  const known = new Set(lines.flatMap((line) => line ?? []).map(({ pid }) => pid));
  return (
    members.every(({ pid, isAsleep, threads }) => known.has(pid) && isAsleep && threads === 1) &&
    lines.every((line) =>
      line?.every((one, at) => at === 0 || clients.has(one.pid) || waitsFor(one, line[at - 1], look)),
    )
  );
}

/** From a process up to the child of otto that it comes from; null when it does not come from one. */
function lineOf(
  pid: number,
  byPid: ReadonlyMap<number, SeenProcess>,
  otto: number,
): readonly SeenProcess[] | null {
  const line: SeenProcess[] = [];
  for (let at = byPid.get(pid); at !== undefined; at = byPid.get(at.parent)) {
    line.push(at);
    if (at.parent === otto) return line;
  }
  return null;
}

/** It waits for the child's end, or, as `$(…)` does, for what the child prints: not for another pipe. */
function waitsFor({ pid }: SeenProcess, child: SeenProcess | undefined, look: CloserLook): boolean {
  const where = look.sleepsIn(pid);
  if (where === 'do_wait') return true;
  if (!where.endsWith('pipe_read') || child === undefined) return false;
  const [stdout, ...others] = look.descriptors(pid);
  const printed = look.descriptors(child.pid)[0];
  return printed !== undefined && printed !== stdout && others.includes(printed);
}

/** Linux; elsewhere nothing is seen. */
export function seeProcesses(): readonly SeenProcess[] {
  const pids = attempt(() => readdirSync('/proc').map(Number)) ?? [];
  return pids.filter((pid) => pid > 0).flatMap((pid) => parseProcess(textOf(`/proc/${pid}/stat`)));
}

export function parseProcess(stat: string): readonly SeenProcess[] {
  const entry = parseStat(stat, 0);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return entry === null || entry.zombie
    ? []
    : [{ ...entry, isAsleep: fields[0] === 'S', threads: Number(fields[17]) }];
}

export const CLOSER_LOOK: CloserLook = {
  sleepsIn: (pid) => textOf(`/proc/${pid}/wchan`),
  descriptors: (pid) => {
    const directory = `/proc/${pid}/fd`;
    const numbers = (attempt(() => readdirSync(directory)) ?? []).filter((number) => number !== '1');
    return ['1', ...numbers].map((number) => attempt(() => readlinkSync(`${directory}/${number}`)) ?? '');
  },
};

const textOf = (path: string): string => attempt(() => readFileSync(path, 'latin1')) ?? '';

/** A process may end while it is looked at. */
function attempt<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}
