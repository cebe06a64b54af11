import { delimiter } from 'node:path';

/** What an otto sets for its tasks. An otto inside a task does not hand the outer task's on to its own tasks. */
const OF_ONE_TASK =
  /^OTTO_(?:TASK|TASK_DIR|RUN_DIR|WORKSPACE|SPOOL|CLIENTS|SHM_DIR|DB|REDIS_SOCK|SOCKET|OUTPUT|(?:IN|OUT|FOREACH)_.*)$/;

/** The directories of the runs around this one, each between newlines: docs of ProcessTrees say what for. */
export const OUTER_RUNS = 'OTTO_OUTER_RUNS';

export type Environment = Readonly<Record<string, string>>;

export interface RunEnvironment {
  readonly inherited: Readonly<Record<string, string | undefined>>;
  /** `envs` of the ottofile. */
  readonly global: Environment;
  readonly runDirectory: string;
  readonly workspace: string;
  readonly store: string;
  readonly clientsDirectory: string;
  readonly helpersDirectory: string;
}

/** What all tasks of a run have in common. */
export function runEnvironment(run: RunEnvironment): Environment {
  const inherited: Record<string, string> = {};
  for (const [name, value] of Object.entries(run.inherited)) {
    if (value !== undefined && !OF_ONE_TASK.test(name)) inherited[name] = value;
  }
  return {
    ...inherited,
    ...run.global,
    OTTO_RUN_DIR: run.runDirectory,
    OTTO_WORKSPACE: run.workspace,
    OTTO_STORE: run.store,
    OTTO_CLIENTS: run.clientsDirectory,
    ...outerRuns(run.inherited),
  };
}

function outerRuns(inherited: RunEnvironment['inherited']): Environment {
  const { OTTO_RUN_DIR: outer, [OUTER_RUNS]: further = '\n' } = inherited;
  return outer === undefined ? {} : { [OUTER_RUNS]: `${further}${outer}\n` };
}

export interface TaskEnvironment {
  readonly task: string;
  readonly taskDirectory: string;
  readonly envs: Environment;
  /** What the task's values need. */
  readonly prepared: Environment;
  readonly helpersDirectory: string;
}

export function taskEnvironment(common: Environment, task: TaskEnvironment): Environment {
  const environment = {
    ...common,
    ...task.envs,
    ...task.prepared,
    OTTO_TASK: task.task,
    OTTO_TASK_DIR: task.taskDirectory,
  };
  return { ...environment, PATH: withDirectory(environment.PATH, task.helpersDirectory) };
}

/** In front, so that helpers of another version that is installed are not taken. */
function withDirectory(path: string | undefined, directory: string): string {
  const others = (path ?? '/usr/local/bin:/usr/bin:/bin')
    .split(delimiter)
    .filter((entry) => entry !== directory);
  return [directory, ...others].join(delimiter);
}
