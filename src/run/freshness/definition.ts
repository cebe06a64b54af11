import type { Hasher } from '../../data/checksum.ts';
import type { PlannedTask } from '../../graph/plan.ts';
import type { TaskVariables } from '../environment.ts';
import type { Lookup } from './pattern.ts';

/** A task whose dependencies have ended, with what its variables came to. */
export interface TaskToCheck {
  readonly task: PlannedTask;
  readonly variables: TaskVariables;
}

/** Only a task with a script can be left out, and only when it says what it reads and what it makes. */
export function isWatched({ role, definition }: PlannedTask): boolean {
  const { script, input, output } = definition;
  return role !== 'foreach' && script !== null && input.length > 0 && output.length > 0;
}

/** An item that joins the list of a `foreach` does not change what the others mean. */
const PLACE_IN_LIST = 'OTTO_FOREACH_INDEX';

/**
 * What a task's work depends on besides files and values, each part hashed, under the words that a message has for it. Variables
 * count by what they came to; those that otto itself was started with do not count.
 */
export async function hashParts(
  { task, variables }: TaskToCheck,
  hasher: Hasher,
): Promise<Readonly<Record<string, string>>> {
  const { definition, params, item } = task;
  const { script } = definition;
  const texts: [string, unknown][] = [
    ['its script', [script?.language, script?.interpreter, script?.text]],
    ['its directory', definition.directory],
    ['its declared outputs', definition.outputs?.map(({ key, type, optional }) => [key, type, optional])],
    ['its markers', definition.markers || undefined],
    ['its item', item?.value],
    ...[...params].map(([name, value]): [string, unknown] => [`the param ${JSON.stringify(name)}`, value]),
    ...Object.entries({ ...variables.file, ...variables.own })
      .filter(([name]) => name !== PLACE_IN_LIST)
      .map(([name, value]): [string, unknown] => [`the variable ${JSON.stringify(name)}`, value]),
  ];
  const parts: Record<string, string> = {};
  for (const [what, value] of texts)
    if (value !== undefined) parts[what] = await hasher.hash(Buffer.from(JSON.stringify(value)));
  return parts;
}

/** The variables that globs may name: those of the task's script, so its params and its item are among them. */
export function lookupOf(
  { variables }: TaskToCheck,
  inherited: Readonly<Record<string, string | undefined>>,
): Lookup {
  return (name) => variables.own[name] ?? variables.file[name] ?? inherited[name];
}
