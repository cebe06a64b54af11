import type { Misfit } from '../graph/param-value.ts';
import type { ParamDefinition, TaskDefinition } from '../ottofile/model.ts';
import { quote, visible } from '../ottofile/quote.ts';
import { suggest } from '../ottofile/suggest.ts';
import { isCommand, RUN_OPTIONS } from './command-table.ts';
import { commandLine } from './commands/table.ts';
import { countWords, metavar, spelling } from './param-words.ts';
import { type UsageFailure, usage } from './usage.ts';

/** A param in a message: `--greeting of task "greet"`. */
export const paramWords = (task: string, param: ParamDefinition): string =>
  `${spelling(param)} of task ${quote(task)}`;

/** Why what stands on the command line is no value. */
export function misfitWords(
  { task, param }: { readonly task: string; readonly param: ParamDefinition },
  misfit: Misfit,
): UsageFailure {
  const subject = paramWords(task, param);
  switch (misfit.kind) {
    case 'no-choice': {
      const choices = param.choices ?? [];
      const near = suggest(misfit.text, choices);
      const all = `the choices are: ${choices.map(quoteIfNeeded).join(', ')}`;
      const hint = near === undefined ? all : `did you mean ${quote(near)}? ${all}`;
      return usage(`${quote(misfit.text)} is no choice for ${subject}`, hint);
    }
    case 'count':
      return usage(
        `${subject} takes ${countWords(param)}, but was given ${misfit.count || 'none'}`,
        `"${commandLine(['otto', task])} --help" shows what it takes`,
      );
    case 'no-flag':
      return usage(
        `${subject} is a flag: it is true or false, not ${quote(misfit.text)}`,
        `${spelling(param)} alone means ${param.default !== 'true'}`,
      );
  }
}

const quoteIfNeeded = (text: string): string => (/^[\w./:=@%+-]+$/.test(text) ? text : quote(text));

/** An option stands at the end, or before something that cannot be its value. */
export function valueMissing(
  task: TaskDefinition,
  param: ParamDefinition,
  next: string | undefined,
): UsageFailure {
  const name = spelling(param);
  const form = param.long === null ? `${name} ${metavar(param)}` : `${name}=${metavar(param)}`;
  const message = `${paramWords(task.name, param)} needs a value: ${form}`;
  if (next === undefined || next === '--')
    return usage(message, `"${commandLine(['otto', task.name])} --help" shows all options`);
  return usage(message, `a value that begins with "-" is joined to it: ${name}=${visible(next)}`);
}

/** What a task with a `foreach` takes besides its params. */
export const SERIAL = '--Serial';

/** An option that the task does not declare; `name` has its dashes. */
export function unknownTaskOption(task: TaskDefinition, name: string): UsageFailure {
  const message = `task ${quote(task.name)} has no option ${quote(name)}`;
  return usage(message, unknownOptionHint(task, name));
}

function unknownOptionHint({ name: task, params, foreach }: TaskDefinition, name: string): string {
  if (foreach !== null && name === SERIAL) return `${SERIAL} takes no value`;
  if (isCommand(task) && params.length === 0)
    return `the command is "otto ${task.charAt(0).toUpperCase()}${task.slice(1)}"`;
  if (isOptionOfRun(name))
    return `options of run come before the first task: otto run ${name} ${visible(task)}`;
  const known = params.filter(({ kind }) => kind !== 'positional');
  const flag = known.find(({ kind, long }) => kind === 'flag' && `--no-${long}` === name);
  if (flag !== undefined) return `write ${spelling(flag)}=false`;
  const positional = params.find(({ kind, name: own }) => kind === 'positional' && `--${own}` === name);
  if (positional !== undefined)
    return `it is given without a name: ${commandLine(['otto', task])} ${metavar(positional)}`;
  const names = [...known.map(spelling), ...(foreach === null ? [] : [SERIAL])];
  const near = name.startsWith('--') ? suggest(name, names) : undefined;
  if (near !== undefined) return `did you mean ${near}?`;
  return names.length === 0 ? 'it takes no options' : `its options are: ${names.join(', ')}`;
}

const isOptionOfRun = (name: string): boolean =>
  Object.entries(RUN_OPTIONS).some(([long, { short }]) => name === `--${long}` || name === `-${short}`);
