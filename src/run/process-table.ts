import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** One process of this machine as seen at one moment. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** 0 where the system does not tell. */
  readonly session: number;
  /** When it started, as the system writes it: together with the pid it names one process for good. */
  readonly started: string;
  /** How long ago that was, exact to the table's `resolutionMs`. */
  readonly ageMs: number;
  /** Dead, but not yet collected by its parent. */
  readonly zombie: boolean;
}

export interface ProcessTable {
  readonly resolutionMs: number;
  /** Processes whose pids are wanted; all when the filter is left out. It is not asked before all pids are known. */
  snapshot(wanted?: (pid: number) => boolean): ProcessEntry[];
  read(pid: number): ProcessEntry | null;
  /** `NAME=value` ended by NUL each; null where it cannot be seen. */
  environment(pid: number): Buffer | null;
  /** The pid that was given out last, or null when unknown. */
  newestPid(): number | null;
}

/** USER_HZ: what the kernel shows to programs on every architecture that Node runs on. */
const TICK_MS = 10;

/** A process may end while it is looked at; then there is nothing to see. */
function readIfThere(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}

function uptimeMs(root: string): number {
  return Number.parseFloat(readIfThere(`${root}/uptime`)?.toString('latin1') ?? '0') * 1000;
}

/** Parses /proc/PID/stat. The name in parentheses may itself hold spaces and parentheses, so fields count from the last. */
export function parseStat(text: string, nowMs: number): ProcessEntry | null {
  const nameEnd = text.lastIndexOf(')');
  const fields = text.slice(nameEnd + 2).split(' ');
  const [state, parent, group, session] = fields;
  const started = fields[19];
  if (nameEnd < 0 || started === undefined) return null;
  return {
    pid: Number.parseInt(text, 10),
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    started,
    ageMs: nowMs - Number(started) * TICK_MS,
    zombie: state === 'Z' || state === 'X',
  };
}

/** Linux: everything comes from /proc. `root` is another directory in tests. */
export function procTable(root = '/proc'): ProcessTable {
  const entry = (pid: number, nowMs: number): ProcessEntry | null => {
    const stat = readIfThere(`${root}/${pid}/stat`);
    return stat === null ? null : parseStat(stat.toString('latin1'), nowMs);
  };
  return {
    resolutionMs: TICK_MS,
    snapshot: (wanted = () => true) => {
      const nowMs = uptimeMs(root);
      return readdirSync(root)
        .map(Number)
        .filter((pid) => pid > 0 && wanted(pid))
        .map((pid) => entry(pid, nowMs))
        .filter((found) => found !== null);
    },
    read: (pid) => entry(pid, uptimeMs(root)),
    environment: (pid) => readIfThere(`${root}/${pid}/environ`),
    newestPid: () => {
      const last = readIfThere(`${root}/loadavg`)?.toString('latin1').trim().split(' ').at(-1);
      return last === undefined ? null : Number.parseInt(last, 10);
    },
  };
}

const PS_LINE = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S.*\S)\s*$/;

/** Parses one line of `ps -o pid=,ppid=,pgid=,stat=,lstart=` (in the C locale). */
export function parsePsLine(line: string, nowMs: number): ProcessEntry | null {
  const match = PS_LINE.exec(line);
  if (match === null) return null;
  const [, pid, parent, group, state = '', started = ''] = match;
  return {
    pid: Number(pid),
    parent: Number(parent),
    group: Number(group),
    session: 0,
    started,
    ageMs: nowMs - Date.parse(started),
    zombie: state.startsWith('Z'),
  };
}

/** macOS and others: what ps tells. It shows neither sessions nor environments. */
export function psTable(): ProcessTable {
  const list = (which: readonly string[]): ProcessEntry[] => {
    const { stdout } = spawnSync('ps', [...which, '-o', 'pid=,ppid=,pgid=,stat=,lstart='], {
      encoding: 'latin1',
      env: { ...process.env, LC_ALL: 'C' },
      maxBuffer: 64 * 1024 * 1024,
    });
    const nowMs = Date.now();
    return (stdout ?? '')
      .split('\n')
      .map((line) => parsePsLine(line, nowMs))
      .filter((found) => found !== null);
  };
  return {
    resolutionMs: 1000,
    snapshot: (wanted = () => true) => list(['-A']).filter(({ pid }) => wanted(pid)),
    read: (pid) => list(['-p', String(pid)])[0] ?? null,
    environment: () => null,
    newestPid: () => null,
  };
}

export const systemProcessTable = (): ProcessTable =>
  process.platform === 'linux' ? procTable() : psTable();
