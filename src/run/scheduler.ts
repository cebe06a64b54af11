import type { TaskName } from '../base/task-name.ts';
import type { SkipReason } from './events.ts';

/** The tasks of a run in a fixed order, each with its direct dependencies; all of these are keys too, and no cycle exists. */
export type Dependencies = ReadonlyMap<TaskName, readonly TaskName[]>;

export interface Limits {
  /** How many tasks may run at once; at least 1. */
  readonly jobs: number;
  /** After a failure go on with everything that does not need the failed task. */
  readonly keepGoing: boolean;
}

/** What makes a task differ from most. */
export interface Traits {
  /** It runs when all of its dependencies have ended, in whatever way, also after a failure; not after an interruption. */
  readonly always: boolean;
  /** Nothing else runs while it does. */
  readonly interactive: boolean;
  /** It stands for its dependencies: it ends when the last of them has ended, however they end. */
  readonly gathers: boolean;
  /** Dependencies whose streams it reads: it starts when they have started. */
  readonly live: readonly TaskName[];
}

export const PLAIN: Traits = { always: false, interactive: false, gathers: false, live: [] };

/** A task that will never start, and why. */
export interface Skip {
  readonly task: TaskName;
  readonly because: Doom;
}

/** Why nothing starts any more: the run was interrupted, or a task failed. */
export type End = Extract<SkipReason, { kind: 'interrupted' | 'stopped' }>;

/** Why a task does not start: one that it needs has failed, or nothing starts any more. */
type Doom = Exclude<SkipReason, { kind: 'condition' }>;

const INTERRUPTED: End = { kind: 'interrupted' };
const STOPPED: End = { kind: 'stopped' };

/** A task that needs another one, and whether that has come as far as it needs it. */
interface Need {
  readonly dependent: Node;
  readonly isLive: boolean;
  isMet: boolean;
}

interface Node {
  readonly task: TaskName;
  traits: Traits;
  readonly needs: Need[];
  waitingFor: number;
  /** Its process has started: there is something to read from it. */
  hasStarted: boolean;
  /** It does not count among the running any more. */
  hasYielded: boolean;
  state: 'waiting' | 'running' | 'ended';
  /** Why it does not do its work, or why what needs it does not: then it has failed. */
  doom: Doom | null;
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
  /** Those that count for the number of jobs. */
  #running = 0;
  #yielded = 0;
  #ownsAll = false;
  #unfinished = 0;
  #end: End | null = null;

  constructor(
    dependencies: Dependencies,
    limits: Limits,
    traitsOf: (task: TaskName) => Traits = () => PLAIN,
  ) {
    this.#limits = limits;
    this.#add(dependencies, traitsOf);
  }

  /** The tasks to start now; they count as running from here on. One that runs alone lets nothing overtake it. */
  next(): TaskName[] {
    const starting: TaskName[] = [];
    while (this.#running < this.#limits.jobs && !this.#ownsAll) {
      const node = this.#ready[this.#taken];
      if (node === undefined) break;
      const { interactive } = node.traits;
      if (node.state === 'waiting' && interactive && this.#running + this.#yielded > 0) break;
      this.#taken++;
      if (node.state !== 'waiting') continue;
      node.state = 'running';
      this.#running++;
      this.#ownsAll = interactive;
      starting.push(node.task);
    }
    return starting;
  }

  /** A running task has begun to do its work: those that read its stream may start, before all others that are ready. */
  started(task: TaskName): void {
    const node = this.#node(task);
    if (node.hasStarted || node.state !== 'running') return;
    node.hasStarted = true;
    const ready = node.needs
      .filter((need) => need.isLive && this.#meets(need))
      .map(({ dependent }) => dependent);
    this.#ready.splice(this.#taken, 0, ...ready);
  }

  /** A running task gives its place to others: nobody takes what it writes before they have started. */
  yields(task: TaskName): void {
    const node = this.#node(task);
    if (node.hasYielded || node.state !== 'running' || node.traits.interactive) return;
    node.hasYielded = true;
    this.#running--;
    this.#yielded++;
  }

  /** A running task has ended. Returns the tasks that will not start because of it. */
  finished(task: TaskName, succeeded: boolean): Skip[] {
    const node = this.#stopRunning(task);
    if (!succeeded) node.doom = { kind: 'dependency', task };
    this.#ended(node);
    const skips = this.#spread([node]);
    return succeeded || this.#limits.keepGoing ? skips : [...skips, ...this.#stop()];
  }

  /** Nothing starts any more. Returns the tasks that had not started. */
  interrupt(): Skip[] {
    this.#end = INTERRUPTED;
    const skips = this.#waiting().map((node) => this.#skip(node, INTERRUPTED));
    this.#ready = [];
    this.#taken = 0;
    return skips;
  }

  /** Why no further tasks may follow from this one, which is running; null when they may. */
  endFor(task: TaskName): End | null {
    return this.#end?.kind === 'stopped' && this.#node(task).traits.always ? null : this.#end;
  }

  /**
   * A running task turns out to stand for others, which join the run: it waits again, for them, and starts anew when they have
   * ended. What they need of the tasks before them has ended. To be called only while `endFor` the task is null.
   */
  grow(parent: TaskName, items: Dependencies, traitsOf: (task: TaskName) => Traits): void {
    const node = this.#stopRunning(parent);
    node.state = 'waiting';
    node.waitingFor = items.size;
    // The items run always; it succeeds only if they do.
    if (items.size > 0) node.traits = { ...node.traits, always: false };
    else this.#ready.push(node);
    this.#add(items, traitsOf);
    for (const item of items.keys())
      this.#node(item).needs.push({ dependent: node, isLive: false, isMet: false });
  }

  /** The tasks that run and are not to run always: those that a failure may stop. */
  get stoppable(): TaskName[] {
    return [...this.#nodes.values()]
      .filter(({ state, traits }) => state === 'running' && !traits.always)
      .map(({ task }) => task);
  }

  /** True when every task has ended. */
  get done(): boolean {
    return this.#unfinished === 0;
  }

  #add(dependencies: Dependencies, traitsOf: (task: TaskName) => Traits): void {
    for (const task of dependencies.keys()) {
      const traits = traitsOf(task);
      this.#nodes.set(task, {
        task,
        traits,
        needs: [],
        waitingFor: 0,
        hasStarted: false,
        hasYielded: false,
        state: 'waiting',
        doom: null,
      });
    }
    this.#unfinished += dependencies.size;
    for (const [task, needs] of dependencies) this.#connect(this.#node(task), new Set(needs));
  }

  #connect(node: Node, needs: ReadonlySet<TaskName>): void {
    for (const need of needs) {
      const needed = this.#node(need);
      if (needed.state === 'ended') continue;
      const isLive = node.traits.live.includes(need);
      const isMet = isLive && needed.hasStarted;
      needed.needs.push({ dependent: node, isLive, isMet });
      if (!isMet) node.waitingFor++;
    }
    if (node.waitingFor === 0) this.#ready.push(node);
  }

  /** What the state of these tasks means for all that need them, near and far. */
  #spread(from: Node[]): Skip[] {
    const skips: Skip[] = [];
    for (let node = from.pop(); node !== undefined; node = from.pop()) {
      for (const need of node.needs) {
        const { dependent } = need;
        if (dependent.state !== 'waiting') continue;
        const wasDoomed = dependent.doom !== null;
        if (!dependent.traits.always) dependent.doom ??= node.doom;
        const isReady = node.state === 'ended' && this.#meets(need);
        if (dependent.doom === null) {
          if (isReady) this.#ready.push(dependent);
        } else if (!dependent.traits.gathers || dependent.waitingFor === 0) {
          skips.push(this.#skip(dependent, dependent.doom));
          from.push(dependent);
        } else if (!wasDoomed) from.push(dependent);
      }
    }
    return skips;
  }

  /** A task has come as far as another one needs it. True when that waits for nothing more, and has not been ready before. */
  #meets(need: Need): boolean {
    if (need.isMet) return false;
    need.isMet = true;
    const { dependent } = need;
    dependent.waitingFor--;
    return dependent.waitingFor === 0 && dependent.state === 'waiting' && dependent.doom === null;
  }

  /** After a failure only what runs always may still start; what stands for others ends when they have. */
  #stop(): Skip[] {
    if (this.#end !== null) return [];
    this.#end = STOPPED;
    const skips: Skip[] = [];
    const ended: Node[] = [];
    for (const node of this.#waiting()) {
      if (node.traits.always) continue;
      node.doom ??= STOPPED;
      if (node.traits.gathers && node.waitingFor > 0) continue;
      skips.push(this.#skip(node, node.doom));
      ended.push(node);
    }
    return [...skips, ...this.#spread(ended)];
  }

  #waiting(): Node[] {
    return [...this.#nodes.values()].filter(({ state }) => state === 'waiting');
  }

  #skip(node: Node, because: Doom): Skip {
    this.#ended(node);
    return { task: node.task, because };
  }

  #ended(node: Node): void {
    node.state = 'ended';
    this.#unfinished--;
  }

  #stopRunning(task: TaskName): Node {
    const node = this.#node(task);
    if (node.state !== 'running') throw new Error(`task "${task}" ended without running`);
    if (node.hasYielded) this.#yielded--;
    else this.#running--;
    node.hasYielded = false;
    this.#ownsAll = false;
    return node;
  }

  #node(task: TaskName): Node {
    const node = this.#nodes.get(task);
    if (node === undefined) throw new Error(`no task "${task}" in this run`);
    return node;
  }
}
