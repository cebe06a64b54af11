import type { TaskName } from '../base/task-name.ts';
import { variablePart } from '../base/variable-part.ts';
import { localNameOf } from '../data/input-keys.ts';
import type { PlannedTask } from '../graph/plan.ts';
import type { Environment } from './environment.ts';
import type { Notice } from './events.ts';

export interface InputVariables {
  readonly variables: Environment;
  /** Of what has no variable because two would have the same. */
  readonly alike: readonly Notice[];
}

/** Tells a task by variables where its streams are: each by its task's name, and the only one also without. */
export function inputVariables(
  { definition }: Pick<PlannedTask, 'definition'>,
  paths: ReadonlyMap<TaskName, string>,
): InputVariables {
  const variables: Record<string, string> = {};
  const alike: Notice[] = [];
  const only = paths.size === 1 ? [...paths.values()][0] : undefined;
  if (only !== undefined) Object.assign(variables, both('', only));
  for (const [part, tasks] of byPart([...paths.keys()], definition.file.prefix)) {
    const [first] = tasks;
    if (tasks.length > 1) alike.push({ kind: 'streams-alike', variable: `OTTO_INPUT_STREAM_${part}`, tasks });
    else if (first !== undefined) Object.assign(variables, both(`_${part}`, paths.get(first) ?? ''));
  }
  return { variables, alike };
}

const both = (end: string, path: string): Environment => ({
  [`OTTO_INPUT_STREAM${end}`]: path,
  [`OTTO_INPUT_PIPE${end}`]: path,
});

function byPart(tasks: readonly TaskName[], prefix: string): Map<string, TaskName[]> {
  const parts = new Map<string, TaskName[]>();
  for (const task of tasks) {
    const part = variablePart(localNameOf(task, prefix));
    parts.set(part, [...(parts.get(part) ?? []), task]);
  }
  return parts;
}
