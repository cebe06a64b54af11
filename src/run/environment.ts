import { delimiter } from 'node:path';
import { outputFilePath } from '../data/captures/captured.ts';

/** What an otto sets for its tasks. An otto inside a task does not hand the outer task's on to its own tasks. */
const OF_ONE_TASK =
  /^OTTO_(?:TASK|TASK_DIR|ATTEMPT|RUN_DIR|WORKSPACE|SPOOL|CLIENTS|PARAMS|SHM_DIR|BASH_BUILTINS|DB|REDIS_SOCK|SOCKET|SEND|OUTPUT|(?:IN|OUT|FOREACH)_.*|(?:IN|OUT)PUT_(?:STREAM|PIPE)(?:_.*)?)$/;

/** The directories of the tasks around this run, each between newlines (ProcessTrees looks for them). */
export const OUTER_TASKS = 'OTTO_OUTER_TASKS';
const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';

export type Environment = Readonly<Record<string, string>>;

export interface RunEnvironment {
  readonly inherited: Readonly<Record<string, string | undefined>>;
  readonly runDirectory: string;
  readonly workspace: string;
  readonly store: string;
  readonly clientsDirectory: string;
  readonly helpersDirectory: string;
}

export interface TaskEnvironment {
  readonly task: string;
  readonly taskDirectory: string;
  /** From 1; more only with `retries`. */
  readonly attempt: number;
  readonly variables: TaskVariables;
  /** What the task's values need. */
  readonly prepared: Environment;
}

/** What the ottofile says about a task's variables. */
export interface TaskVariables {
  /** Of the file it stands in; the same object for all tasks of the file. */
  readonly file: Environment;
  /** The task's own: they win. */
  readonly own: Environment;
}

/** Makes the environments of a run's tasks; what the tasks of a file have in common is put together once. */
export function environmentMaker(run: RunEnvironment): (task: TaskEnvironment) => Environment {
  const inherited = inheritable(run.inherited);
  const ofFiles = new WeakMap<Environment, Environment>();
  const commonOf = (file: Environment): Environment => {
    const known = ofFiles.get(file);
    if (known !== undefined) return known;
    const all: Environment = { ...inherited, ...file };
    const common = quickToCopy({ ...all, PATH: withHelpers(all.PATH, run.helpersDirectory) });
    ofFiles.set(file, common);
    return common;
  };
  const ofRun = {
    OTTO_RUN_DIR: run.runDirectory,
    OTTO_WORKSPACE: run.workspace,
    OTTO_STORE: run.store,
    OTTO_CLIENTS: run.clientsDirectory,
    ...outerTasks(run.inherited),
  };
  return ({ task, taskDirectory, attempt, variables: { file, own }, prepared }) => ({
    ...commonOf(file),
    ...own,
    ...(own.PATH !== undefined && { PATH: withHelpers(own.PATH, run.helpersDirectory) }),
    ...ofRun,
    ...prepared,
    OTTO_TASK: task,
    OTTO_TASK_DIR: taskDirectory,
    OTTO_OUTPUT: outputFilePath(taskDirectory),
    OTTO_ATTEMPT: String(attempt),
  });
}

/** V8 copies an object that it has made from JSON five times as fast as one that was filled name by name. */
const quickToCopy = (environment: Environment): Environment => JSON.parse(JSON.stringify(environment));

/** What an otto hands on of its own environment. */
export function inheritable(inherited: RunEnvironment['inherited']): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(inherited)) {
    if (value !== undefined && !(name.startsWith('OTTO_') && OF_ONE_TASK.test(name))) kept[name] = value;
  }
  return kept;
}

function outerTasks(inherited: RunEnvironment['inherited']): Environment {
  const { OTTO_TASK_DIR: outer, [OUTER_TASKS]: further = '\n' } = inherited;
  return outer === undefined ? {} : { [OUTER_TASKS]: `${further}${outer}\n` };
}

/** The same for processes that are no task's: `directory` stands for that of one. */
export function withOuterTask(inherited: RunEnvironment['inherited'], directory: string): Environment {
  const outer = outerTasks(inherited)[OUTER_TASKS] ?? inherited[OUTER_TASKS] ?? '\n';
  return { [OUTER_TASKS]: `${outer}${directory}\n` };
}

/** In front, so that helpers of another version that is installed are not taken. */
function withHelpers(path: string | undefined, helpersDirectory: string): string {
  const others = (path ?? DEFAULT_PATH).split(delimiter).filter((entry) => entry !== helpersDirectory);
  return [helpersDirectory, ...others].join(delimiter);
}
