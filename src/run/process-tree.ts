import { nowMs } from '../base/clock.ts';
import { encodeTaskName, type TaskName } from '../base/task-name.ts';
import type { Adoption, Hidden } from './adoption.ts';
import { OUTER_TASKS } from './environment.ts';
import type { ProcessEntry, ProcessTable } from './process-table.ts';

/** A process that belongs to a task of this run. */
export interface Member extends ProcessEntry {
  /** Null: of one of them, but nothing tells which. */
  readonly task: TaskName | null;
}

/** What can be ended: processes that belong together, as they are at the moment. */
export interface Processes {
  /** All that live, or those of wanted tasks. */
  members(wanted?: (task: TaskName) => boolean): Member[];
  /**
   * Looks at each new process as it comes, for a moment, and hands over those that belong to these, until `found` says that it has
   * seen enough.
   */
  chase(ms: number, found: (member: Member) => boolean): void;
  /** True when the pid still is this very process, and it has not ended. */
  isAlive(member: ProcessEntry): boolean;
  /** What is certain about those that `members` does not show, whatever it shows. */
  hidden(): Hidden;
}

interface Root {
  readonly task: TaskName;
  readonly pid: number;
  /** On the clock of `nowMs()`; null while it runs. */
  endedAtMs: number | null;
}

/** Below this a pid cannot have gone once around the whole range of pids. */
const SHORT_RUN_MS = 1000;
/** Long enough for a few processes to be started one after the other. */
export const CHASE_MS = 30;

/**
 * Knows which processes belong to a run's tasks, also those that changed their group, called setsid or were adopted by
 * init. A process belongs to a task when
 *
 * 1. it is the task's main process, or is in its session or group. These numbers are not given out again while one member
 *    lives; when the main process has ended, only members that started before its end count;
 * 2. its environment names the task's directory (or, for what an otto inside a task starts, that of the outer task);
 * 3. it was a member when it was looked at before, and is still the same process;
 * 4. its parent is a member;
 * 5. otto has adopted it: then it belongs to the run, and to a task as far as that is known.
 */
export class ProcessTrees implements Processes {
  readonly #roots = new Map<number, Root>();
  readonly #known = new Map<string, TaskName | null>();
  /** By the last component of the task's directory. */
  readonly #names = new Map<string, TaskName>();
  /** What every task's directory begins with. */
  readonly #tasksDirectory: string;
  readonly #table: ProcessTable;
  readonly #adoption: Adoption | null;

  constructor(table: ProcessTable, runDirectory: string, adoption: Adoption | null = null) {
    this.#table = table;
    this.#adoption = adoption;
    this.#tasksDirectory = `${runDirectory}/tasks/`;
  }

  started(task: TaskName, pid: number): void {
    this.#roots.set(pid, { task, pid, endedAtMs: null });
  }

  ended(pid: number): void {
    const root = this.#roots.get(pid);
    if (root !== undefined) root.endedAtMs = nowMs();
  }

  /** Every living process of the run's tasks, or of those that are wanted. */
  members(wanted?: (task: TaskName) => boolean): Member[] {
    const members = this.#membersOf(this.#table.snapshot());
    return wanted === undefined ? members : members.filter(({ task }) => task !== null && wanted(task));
  }

  chase(ms: number, found: (member: Member) => boolean): void {
    for (const entries of newcomers(this.#table, ms)) if (this.#membersOf(entries).some(found)) return;
  }

  hidden(): Hidden {
    return this.#adoption?.below() ?? 'unknown';
  }

  /**
   * Every living process of the run's tasks, for the end of a run, and cheap after a short one: every process of the run got its pid after otto did, so only
   * pids between otto's and the newest are looked at, unless the range of pids has been used up meanwhile and begun anew. Where otto
   * adopts orphans nothing is looked at when it has no children, and one is chased when it has some that no listing shows.
   */
  leftovers(runMs: number): Member[] {
    const hidden = this.hidden();
    if (hidden === 'none' || (hidden === 'unknown' && this.#roots.size === 0)) return [];
    const found = this.#membersOf(this.#table.snapshot(runMs < SHORT_RUN_MS ? this.#sinceOtto() : undefined));
    if (found.length > 0 || hidden === 'unknown') return found;
    this.chase(CHASE_MS, (member) => found.push(member) > 0);
    return found.length > 0 ? found : this.members();
  }

  /** The newest pid is asked for when all that there are have been listed: then none of them is newer. */
  #sinceOtto(): (pid: number) => boolean {
    let newest: number | null | undefined;
    return (pid) => {
      newest ??= this.#table.newestPid();
      if (newest === null || newest < process.pid) return true;
      return pid > process.pid && pid <= newest;
    };
  }

  /** True when the pid still is this very process, and it has not ended. */
  isAlive(member: ProcessEntry): boolean {
    const now = this.#table.read(member.pid);
    return now !== null && !now.zombie && now.started === member.started;
  }

  #membersOf(entries: readonly ProcessEntry[]): Member[] {
    const candidates = entries.filter((entry) => !entry.zombie && entry.pid !== process.pid);
    const members = new Map<number, Member>();
    for (const entry of candidates) {
      const task = this.#taskOf(entry);
      if (task !== undefined) members.set(entry.pid, { ...entry, task });
    }
    addDescendants(candidates, members);
    for (const member of members.values()) this.#known.set(identity(member), member.task);
    return [...members.values()];
  }

  /** Undefined: it is no member. */
  #taskOf(entry: ProcessEntry): TaskName | null | undefined {
    if (entry.ageMs > process.uptime() * 1000 + 2 * this.#table.resolutionMs) return undefined;
    const root = this.#rootOf(entry, entry.pid) ?? this.#rootOf(entry, entry.session);
    const task = (root ?? this.#rootOf(entry, entry.group))?.task ?? this.#known.get(identity(entry));
    const named = task ?? this.#taskInEnvironment(entry.pid);
    return named ?? (this.#adoption?.has(entry) === true ? this.#onlyTask() : undefined);
  }

  /** Null when several have had processes: it may be any one's. */
  #onlyTask(): TaskName | null {
    const [first, ...others] = new Set([...this.#roots.values()].map(({ task }) => task));
    return others.length === 0 ? (first ?? null) : null;
  }

  #rootOf(entry: ProcessEntry, number: number): Root | null {
    const root = this.#roots.get(number);
    if (root === undefined || root.endedAtMs === null) return root ?? null;
    const sinceEndMs = nowMs() - root.endedAtMs;
    return entry.ageMs >= sinceEndMs - 2 * this.#table.resolutionMs ? root : null;
  }

  #taskInEnvironment(pid: number): TaskName | null {
    const environment = this.#table.environment(pid);
    if (environment === null || !environment.includes(this.#tasksDirectory)) return null;
    const directory = taskDirectoryIn(environment.toString('utf8'), this.#tasksDirectory);
    return directory === null ? null : this.#nameOf(directory);
  }

  #nameOf(directory: string): TaskName {
    const known = this.#names.get(directory);
    if (known !== undefined) return known;
    for (const { task } of this.#roots.values()) this.#names.set(encodeTaskName(task), task);
    return this.#names.get(directory) ?? (directory as TaskName);
  }
}

/**
 * What ends as soon as it has started its successor is gone before a listing of all processes comes to it. So each new process is
 * read as it comes. When the pids have begun anew in between it is a listing that looks next.
 */
export function* newcomers(table: ProcessTable, ms: number): Generator<readonly ProcessEntry[]> {
  const untilMs = nowMs() + ms;
  let seen = table.newestPid();
  while (seen !== null && nowMs() < untilMs) {
    const newest = table.newestPid() ?? seen;
    const entries: ProcessEntry[] = [];
    for (let pid = seen + 1; pid <= newest; pid++) {
      const entry = table.read(pid);
      if (entry !== null) entries.push(entry);
    }
    yield entries;
    seen = newest;
  }
}

const identity = (entry: ProcessEntry): string => `${entry.pid} ${entry.started}`;

const DIRECTORY_VARIABLES = ['OTTO_TASK_DIR=', `${OUTER_TASKS}=`];

/** The directory of the run's task that an environment was made for, or for something in it: what comes after `tasksDirectory`. */
export function taskDirectoryIn(environment: string, tasksDirectory: string): string | null {
  const directories = environment.split('\0').flatMap((assignment) => {
    const variable = DIRECTORY_VARIABLES.find((name) => assignment.startsWith(name));
    return variable === undefined ? [] : assignment.slice(variable.length).split('\n');
  });
  const found = directories.find((directory) => directory.startsWith(tasksDirectory));
  return found?.slice(tasksDirectory.length) ?? null;
}

export function addDescendants(candidates: readonly ProcessEntry[], members: Map<number, Member>): void {
  const children = new Map<number, ProcessEntry[]>();
  for (const entry of candidates) {
    const siblings = children.get(entry.parent);
    if (siblings === undefined) children.set(entry.parent, [entry]);
    else siblings.push(entry);
  }
  const open = [...members.values()];
  for (let member = open.pop(); member !== undefined; member = open.pop()) {
    for (const child of children.get(member.pid) ?? []) {
      if (members.has(child.pid)) continue;
      const added = { ...child, task: member.task };
      members.set(child.pid, added);
      open.push(added);
    }
  }
}
