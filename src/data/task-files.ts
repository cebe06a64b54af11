import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../base/io-failure.ts';
import { encodeTaskName, type TaskName } from '../base/task-name.ts';
import { writeNow } from './chunk-file.ts';
import { localNameOf } from './input-keys.ts';
import { bashParams, readsParams } from './script-params.ts';
import type { StoreName } from './store.ts';
import type { TaskToPrepare } from './task-to-prepare.ts';

/** A dependency as the clients reach it. */
export interface DependencyPlace {
  readonly task: TaskName;
  readonly shmDirectory: string | null;
  /** The socket that gives its values, in stores that have one. */
  readonly socket: string | null;
  /** False for a task that never ran, or whose values could not be kept. */
  readonly hasValues: boolean;
}

/** What task.json tells the clients (docs/task-protocol.md, section 1), apart from the task itself. */
export interface TaskSurroundings {
  readonly store: StoreName;
  readonly spool: string;
  /** The socket that takes its values, in stores that have one. */
  readonly socket: string | null;
  /** In the order in which task.json lists them. */
  readonly dependencies: readonly DependencyPlace[];
  readonly addon: string | null;
  readonly library: string | null;
}

/** The output JSON of a task that has none. */
const NO_VALUES = '{}\n';

/** Links the dependencies' output JSON into the task's directory and writes its task.json and, for bash, `params`. */
export function writeTaskFiles(task: TaskToPrepare, surroundings: TaskSurroundings): void {
  for (const dependency of surroundings.dependencies) placeInput(task, dependency);
  const path = join(task.taskDirectory, 'task.json');
  writeNow(path, `${JSON.stringify(taskJson(task, surroundings))}\n`);
  if (task.language === 'bash' && readsParams('bash', task.params))
    writeNow(join(task.taskDirectory, 'params'), bashParams(task.params));
}

function taskJson(task: TaskToPrepare, surroundings: TaskSurroundings): object {
  const { store, spool, socket, dependencies, addon, library } = surroundings;
  const inputs = dependencies.map(({ task: dependency, shmDirectory, socket: from }) => {
    const as = localNameOf(dependency, task.namePrefix);
    const items = task.items?.get(dependency);
    return {
      task: dependency,
      ...(as !== dependency && { as }),
      json: inputPath(task, dependency),
      shm: shmDirectory,
      ...(from !== null && { socket: from }),
      ...(items && { items }),
    };
  });
  const { name, script, params, workdir } = task;
  const through = socket === null ? {} : { socket };
  return {
    version: 1,
    task: name,
    store,
    spool,
    ...through,
    inputs,
    script,
    params,
    workdir,
    addon,
    library,
  };
}

function inputPath({ taskDirectory }: TaskToPrepare, dependency: TaskName): string {
  return join(taskDirectory, `input.${encodeTaskName(dependency)}.json`);
}

/** A task that is started anew has its links: they lead to the same values. */
function placeInput(task: TaskToPrepare, { task: dependency, hasValues }: DependencyPlace): void {
  const path = inputPath(task, dependency);
  if (!hasValues) {
    writeNow(path, NO_VALUES);
    return;
  }
  const name = encodeTaskName(dependency);
  attempt('link', path, () => {
    try {
      symlinkSync(join('..', name, `output.${name}.json`), path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  });
}
