import type { TaskName } from '../../base/task-name.ts';
import type { TasksOfRun, Waits } from './broker.ts';
import { Refusal } from './refusal.ts';
import { circleFrom, standstillWords } from './standstill.ts';

/** A client that waits. */
export interface Wait {
  readonly asking: TaskName;
  readonly for: TaskName;
  /** 0: unknown. */
  readonly pid: number;
}

interface WaitInRoom extends Wait {
  readonly refused: AbortController;
  circle: readonly TaskName[] | null;
}

/** Tasks that wait for each other are looked at so often, because what is seen of their processes may be over at once. */
const LOOKS = 3;
const LOOK_MS = 300;

/** Which tasks wait for which others, and whether one more may. */
export class WaitingRoom {
  readonly #run: TasksOfRun;
  readonly #waits: WaitInRoom[] = [];
  #timer: NodeJS.Timeout | null = null;
  /** What was seen last, and how often in a row. */
  #seen = '';
  #looks = 0;

  constructor(run: TasksOfRun) {
    this.#run = run;
  }

  /**
   * Does `work` while the task counts as waiting for the other one; refused when that would never end. `work` ends early when it is
   * told to stop, and says whether it was done.
   */
  async during(wait: Wait, work: (stop: AbortSignal) => Promise<boolean>): Promise<void> {
    const { asking, for: task } = wait;
    if (!this.#run.has(task))
      throw new Refusal(
        'refused',
        `this run has no task "${task}": a task takes part when "otto run" or "before" of another one names it`,
      );
    const own: WaitInRoom = { ...wait, refused: new AbortController(), circle: null };
    this.#waits.push(own);
    try {
      if (!this.#run.hasEnded(task) && !this.#run.canRun(task, this.#byTask())) throw deadlock(asking, task);
      this.#watch();
      const isDone = await work(own.refused.signal);
      if (!isDone && own.circle !== null) throw new Refusal('deadlock', standstillWords(own.circle));
    } finally {
      this.#waits.splice(this.#waits.indexOf(own), 1);
    }
  }

  #byTask(): Map<TaskName, Set<TaskName>> {
    const all = new Map<TaskName, Set<TaskName>>();
    for (const wait of this.#waits) all.set(wait.asking, (all.get(wait.asking) ?? new Set()).add(wait.for));
    return all;
  }

  /** While tasks wait for each other, as far as their waits tell. */
  #watch(): void {
    const last = this.#waits.findLast(({ asking }) => this.#circleFrom(asking, () => true) !== null);
    if (last === undefined || this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#look();
      this.#watch();
    }, LOOK_MS);
    this.#timer.unref();
  }

  /** Refuses the wait that came last of those that will never end. */
  #look(): void {
    const isIdle = (task: TaskName): boolean => this.#run.onlyWaits(this.#clientsOf(task));
    const known = new Map<TaskName, boolean>();
    const once = (task: TaskName): boolean => {
      if (!known.has(task)) known.set(task, isIdle(task));
      return known.get(task) === true;
    };
    const last = this.#waits.findLast(({ asking }) => this.#circleFrom(asking, once) !== null);
    const circle = last === undefined ? null : this.#circleFrom(last.asking, once);
    const seen = circle === null ? '' : JSON.stringify(circle);
    this.#looks = seen === this.#seen ? this.#looks + 1 : 1;
    this.#seen = seen;
    if (last === undefined || this.#looks < LOOKS) return;
    last.circle = circle;
    last.refused.abort();
  }

  #circleFrom(task: TaskName, isIdle: (task: TaskName) => boolean): readonly TaskName[] | null {
    return circleFrom(task, this.#byTask() as Waits, isIdle);
  }

  #clientsOf(task: TaskName): ReadonlySet<number> {
    return new Set(this.#waits.filter(({ asking }) => asking === task).map(({ pid }) => pid));
  }
}

const deadlock = (asking: TaskName, task: TaskName): Refusal =>
  new Refusal(
    'deadlock',
    `"${task}" cannot start before "${asking}" has ended, so it would wait for ever: ` +
      `look whether "${task}" needs "${asking}", or let more tasks run at once (-j)`,
  );
