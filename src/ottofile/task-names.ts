import type { TaskName } from '../base/task-name.ts';
import { suggestTask } from './suggest.ts';
import type { DraftTask } from './tasks.ts';

/** All tasks by their full names. */
export interface TaskNames {
  readonly tasks: ReadonlyMap<TaskName, DraftTask>;
  /** True for a name that may be that of a task in a file that could not be read. */
  isPerhapsTask(prefix: string, text: string): boolean;
}

/** The task that a name in a file means: the file's own task of this name, else the one with this full name. */
export function taskNamed({ tasks }: TaskNames, prefix: string, text: string): TaskName | undefined {
  const spelled = [`${prefix}${text}`, text] as TaskName[];
  return spelled.find((name) => tasks.has(name));
}

/** Every spelling by which a file can name a task. */
export function* spellings(tasks: Iterable<TaskName>, prefix: string): Generator<string> {
  for (const name of tasks) {
    if (prefix !== '' && name.startsWith(prefix)) yield name.slice(prefix.length);
    yield name;
  }
}

export const suggestName = (
  { tasks }: TaskNames,
  { source, prefix }: Pick<DraftTask, 'source' | 'prefix'>,
  text: string,
): string | undefined => source.didYouMean(text, spellings(tasks.keys(), prefix), suggestTask);
