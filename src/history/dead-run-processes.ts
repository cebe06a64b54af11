import { readlinkSync, statSync } from 'node:fs';
import type { ProcessEntry, ProcessTable } from '../run/process-table.ts';
import {
  addDescendants,
  type Member,
  newcomers,
  type Processes,
  taskDirectoryIn,
} from '../run/process-tree.ts';

export interface DeadRun {
  /** As the environment of its processes names it. */
  readonly directory: string;
  /** Whether a run goes on, by its directory. */
  readonly isLive: (directory: string) => boolean;
  /** Whether it is this user's, and in this namespace of pids; a parameter for tests. */
  readonly isReachable?: (pid: number) => boolean;
}

/**
 * What a run has left whose otto was killed: processes whose environment names it, and what descends from them. Without otto
 * nothing else tells. An otto inside is one of them; while that one lives its own tasks are left to it.
 */
export class DeadRunProcesses implements Processes {
  readonly #table: ProcessTable;
  readonly #run: DeadRun;
  /** This otto and those that it runs in: nobody is ended by what he has started. */
  readonly #spared: ReadonlySet<number>;
  readonly #known = new Set<string>();

  constructor(table: ProcessTable, run: DeadRun) {
    this.#table = table;
    this.#run = run;
    this.#spared = ancestry(table);
  }

  members(): Member[] {
    return this.#among(this.#table.snapshot());
  }

  chase(ms: number, found: (member: Member) => boolean): void {
    for (const entries of newcomers(this.#table, ms)) if (this.#among(entries).some(found)) return;
  }

  isAlive(member: ProcessEntry): boolean {
    const now = this.#table.read(member.pid);
    return now !== null && !now.zombie && now.started === member.started;
  }

  hidden(): 'unknown' {
    return 'unknown';
  }

  #among(entries: readonly ProcessEntry[]): Member[] {
    const candidates = entries.filter(({ pid, zombie }) => !zombie && !this.#spared.has(pid));
    const members = new Map<number, Member>();
    for (const entry of candidates)
      if (this.#belongs(entry)) members.set(entry.pid, { ...entry, task: null });
    addDescendants(candidates, members);
    const reachable = [...members.values()].filter(({ pid }) => (this.#run.isReachable ?? isReachable)(pid));
    for (const member of reachable) this.#known.add(identity(member));
    return reachable;
  }

  #belongs(entry: ProcessEntry): boolean {
    if (this.#known.has(identity(entry))) return true;
    const environment = this.#table.environment(entry.pid);
    return environment?.includes(this.#run.directory) === true && isOf(environment.toString(), this.#run);
  }
}

/** Whether an environment, `NAME=value` ended by NUL each, is that of a process of the run. */
export function isOf(environment: string, { directory, isLive }: DeadRun): boolean {
  const own = /(?:^|\0)OTTO_RUN_DIR=([^\0]*)/.exec(environment)?.[1];
  if (own === directory) return true;
  if (taskDirectoryIn(environment, `${directory}/tasks/`) === null) return false;
  return own === undefined || !isLive(own);
}

const identity = ({ pid, started }: ProcessEntry): string => `${pid} ${started}`;

function ancestry(table: ProcessTable): ReadonlySet<number> {
  const found = new Set<number>();
  for (let pid = process.pid; pid > 0 && !found.has(pid); pid = table.read(pid)?.parent ?? 0) found.add(pid);
  return found;
}

function isReachable(pid: number): boolean {
  try {
    if (statSync(`/proc/${pid}`).uid !== process.geteuid?.()) return false;
    return readlinkSync(`/proc/${pid}/ns/pid`) === readlinkSync('/proc/self/ns/pid');
  } catch {
    return false;
  }
}
