import type { Hasher } from '../../data/checksum.ts';
import type { ParamValue, PlannedTask } from '../../graph/plan.ts';
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
    ['its item', item?.value],
    ...[...params].map(([name, value]): [string, unknown] => [`the param ${JSON.stringify(name)}`, value]),
    ...Object.entries({ ...variables.file, ...variables.own }).map(([name, value]): [string, unknown] => [
      `the variable ${JSON.stringify(name)}`,
      value,
    ]),
  ];
  const parts: Record<string, string> = {};
  for (const [what, value] of texts)
    if (value !== undefined) parts[what] = await hasher.hash(Buffer.from(JSON.stringify(value)));
  return parts;
}

/** The variables that globs may name: as the script sees them. */
export function lookupOf(
  { task, variables }: TaskToCheck,
  inherited: Readonly<Record<string, string | undefined>>,
): Lookup {
  const special = new Map<string, string>();
  for (const { name, variable, dest } of task.definition.params) {
    const value = task.params.get(name);
    if (value === undefined) continue;
    for (const known of [variable, dest]) if (known !== null) special.set(known, textOf(value));
  }
  if (task.item !== null) special.set(task.definition.foreach?.as ?? 'item', task.item.value);
  return (name) => special.get(name) ?? variables.own[name] ?? variables.file[name] ?? inherited[name];
}

function textOf(value: ParamValue): string {
  if (value.kind === 'text') return value.text;
  return value.kind === 'flag' ? String(value.on) : value.items.join(' ');
}
