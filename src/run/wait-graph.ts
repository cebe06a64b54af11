import type { TaskName } from '../base/task-name.ts';

/** Where the tasks of a run stand at one moment. */
export interface RunSituation {
  /** What a task waits for before it starts. */
  readonly needs: (task: TaskName) => readonly TaskName[];
  /** Those of them whose stream it reads while they run: it waits for their start only. */
  readonly live: (task: TaskName) => readonly TaskName[];
  readonly running: ReadonlySet<TaskName>;
  readonly ended: ReadonlySet<TaskName>;
  /** Nothing else runs while it does. */
  readonly isInteractive: (task: TaskName) => boolean;
  /** How many tasks may run at once. */
  readonly jobs: number;
}

/**
 * Whether a task can come to run while others wait (each key of `waits` for the tasks of its set). A task that waits for one that
 * runs counts as one that goes on: nobody knows which of its processes it is that waits.
 */
export function canRun(
  wanted: TaskName,
  waits: ReadonlyMap<TaskName, ReadonlySet<TaskName>>,
  situation: RunSituation,
): boolean {
  const { running, ended } = situation;
  if (running.has(wanted) || ended.has(wanted)) return true;
  const isBefore = (task: TaskName): boolean => !running.has(task) && !ended.has(task);
  const blocking = (task: TaskName): TaskName[] => [...(waits.get(task) ?? [])].filter(isBefore);
  const waiting = reachable([wanted, ...[...running].flatMap(blocking)], situation);
  const passing = new Set<TaskName>([
    ...ended,
    ...[...running].filter((task) => blocking(task).length === 0),
  ]);
  for (let before = -1; before < passing.size; ) {
    before = passing.size;
    for (const task of running) if (blocking(task).every((one) => passing.has(one))) passing.add(task);
    for (const task of waiting) if (canStart(task, passing, situation)) passing.add(task);
  }
  return passing.has(wanted);
}

/** The tasks that have not started among these and those that they need. */
function reachable(
  from: readonly TaskName[],
  { needs, running, ended }: RunSituation,
): ReadonlySet<TaskName> {
  const found = new Set<TaskName>();
  const queue = [...from];
  for (let task = queue.pop(); task !== undefined; task = queue.pop()) {
    if (found.has(task) || running.has(task) || ended.has(task)) continue;
    found.add(task);
    queue.push(...needs(task));
  }
  return found;
}

/** `passing`: the tasks that have ended, or will. */
function canStart(task: TaskName, passing: ReadonlySet<TaskName>, situation: RunSituation): boolean {
  const { needs, live, running, isInteractive, jobs } = situation;
  const goesOn = (one: TaskName): boolean => passing.has(one);
  const producers = live(task).filter((one) => running.has(one));
  if (!needs(task).every((one) => goesOn(one) || producers.includes(one))) return false;
  const runs = [...running];
  if (isInteractive(task)) return runs.every(goesOn);
  if (!runs.filter(isInteractive).every(goesOn)) return false;
  return runs.length < jobs || runs.some(goesOn);
}
