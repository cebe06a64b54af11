import type { TaskName } from '../base/task-name.ts';

/** The tasks of a run in a fixed order, each with its direct dependencies; all of these are keys too, and no cycle exists. */
export type Dependencies = ReadonlyMap<TaskName, readonly TaskName[]>;

export interface Limits {
  /** How many tasks may run at once; at least 1. */
  readonly jobs: number;
  /** After a failure go on with everything that does not need the failed task. */
  readonly keepGoing: boolean;
}

/** A task that will never start, and why. */
export interface Skip {
  readonly task: TaskName;
  readonly because: TaskName | 'interrupted' | 'stopped';
}

interface Node {
  readonly task: TaskName;
  readonly dependents: Node[];
  waitingFor: number;
  state: 'waiting' | 'running' | 'ended';
}

/**
 * Holds every rule about which task starts when, and acts on nothing: it is told what happened and answers what follows.
 * Each task ends exactly once, by `finished` or by a Skip. Work is constant per task and dependency over the whole run.
 */
export class Schedule {
  readonly #nodes = new Map<TaskName, Node>();
  readonly #limits: Limits;
  #ready: Node[] = [];
  /** Ready tasks before this index have been taken. */
  #taken = 0;
  #running = 0;
  #unfinished: number;

  constructor(dependencies: Dependencies, limits: Limits) {
    this.#limits = limits;
    for (const task of dependencies.keys()) {
      this.#nodes.set(task, { task, dependents: [], waitingFor: 0, state: 'waiting' });
    }
    for (const [task, needs] of dependencies) this.#connect(this.#node(task), new Set(needs));
    this.#unfinished = this.#nodes.size;
  }

  /** The tasks to start now; they count as running from here on. */
  next(): TaskName[] {
    const starting: TaskName[] = [];
    while (this.#running < this.#limits.jobs && this.#taken < this.#ready.length) {
      const node = this.#ready[this.#taken++];
      if (node?.state !== 'waiting') continue;
      node.state = 'running';
      this.#running++;
      starting.push(node.task);
    }
    return starting;
  }

  /** A running task has ended. Returns the tasks that will not start because of it. */
  finished(task: TaskName, succeeded: boolean): Skip[] {
    const node = this.#node(task);
    if (node.state !== 'running') throw new Error(`task "${task}" ended without running`);
    this.#running--;
    this.#end(node);
    if (succeeded) {
      for (const dependent of node.dependents) this.#dependencyDone(dependent);
      return [];
    }
    const skips = this.#skipDependents(node);
    return this.#limits.keepGoing ? skips : [...skips, ...this.#skipWaiting('stopped')];
  }

  /** Nothing starts any more. Returns the tasks that had not started. */
  interrupt(): Skip[] {
    return this.#skipWaiting('interrupted');
  }

  /** True when every task has ended. */
  get done(): boolean {
    return this.#unfinished === 0;
  }

  #connect(node: Node, needs: ReadonlySet<TaskName>): void {
    node.waitingFor = needs.size;
    for (const need of needs) this.#node(need).dependents.push(node);
    if (needs.size === 0) this.#ready.push(node);
  }

  #dependencyDone(node: Node): void {
    node.waitingFor--;
    if (node.waitingFor === 0) this.#ready.push(node);
  }

  #skipDependents(failed: Node): Skip[] {
    const skips: Skip[] = [];
    const open = [failed];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      for (const dependent of node.dependents) {
        if (dependent.state !== 'waiting') continue;
        this.#end(dependent);
        skips.push({ task: dependent.task, because: failed.task });
        open.push(dependent);
      }
    }
    return skips;
  }

  #skipWaiting(because: 'interrupted' | 'stopped'): Skip[] {
    const skips: Skip[] = [];
    for (const node of this.#nodes.values()) {
      if (node.state !== 'waiting') continue;
      this.#end(node);
      skips.push({ task: node.task, because });
    }
    this.#ready = [];
    this.#taken = 0;
    return skips;
  }

  #end(node: Node): void {
    node.state = 'ended';
    this.#unfinished--;
  }

  #node(task: TaskName): Node {
    const node = this.#nodes.get(task);
    if (node === undefined) throw new Error(`no task "${task}" in this run`);
    return node;
  }
}
