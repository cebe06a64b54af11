import { err, ok, type Result } from '../base/result.ts';
import type { TaskName } from '../base/task-name.ts';
import { isSameValue, type ParamValues, textsOf } from '../graph/param-value.ts';
import type { RequestedTask } from '../graph/plan.ts';
import { ownerOf } from '../graph/plan-run.ts';
import type { Ottofile, TaskDefinition } from '../ottofile/model.ts';
import { quote, visible } from '../ottofile/quote.ts';
import { suggestTask } from '../ottofile/suggest.ts';
import { unknownTasks } from './messages.ts';
import { usageOf } from './param-words.ts';
import { readArguments } from './task-args.ts';
import { type UsageFailure, usage } from './usage.ts';

/** What the words behind the options of `otto run` ask for. */
export type Requests =
  | { readonly kind: 'run'; readonly requested: readonly RequestedTask[] }
  | { readonly kind: 'help'; readonly task: TaskDefinition };

export interface WordsToRead {
  readonly words: readonly string[];
  /** What a wrong first word may have been meant to be besides a task. */
  readonly commands: readonly string[];
}

/** Reads `[TASK [ARGS]]...`: which words are arguments is for the params of the task before them to say. */
export function readRequests(
  { words, commands }: WordsToRead,
  { tasks }: Pick<Ottofile, 'tasks'>,
): Result<Requests, UsageFailure> {
  const requested = new Map<TaskName, RequestedTask>();
  // By the task of the ottofile: the items of one have their params in common.
  const before = new Map<TaskName, RequestedTask>();
  for (let at = 0; at < words.length; ) {
    const name = words[at] as TaskName;
    const task = ownerOf(tasks, name);
    if (task === undefined) {
      const previous = [...before.keys()].at(-1);
      return err(noTasks(words.slice(at), { tasks, commands, previous }));
    }
    const found = readArguments(task, words, at + 1);
    if (!found.ok) return found;
    if (found.value === null) return ok({ kind: 'help', task });
    const { given, serial, next } = found.value;
    const earlier = before.get(task.name);
    if (earlier !== undefined && !isSame(earlier.given, given))
      return err(contradiction(task, earlier, given));
    const request = { task: name, given, serial: serial || (earlier?.serial ?? false) };
    requested.set(name, request);
    before.set(task.name, request);
    at = next;
  }
  return ok({ kind: 'run', requested: [...requested.values()] });
}

/** A task runs once in a run: nobody could say with which values. */
function contradiction(task: TaskDefinition, earlier: RequestedTask, given: ParamValues): UsageFailure {
  const what = earlier.task === task.name ? 'is named' : 'and its items are named';
  const message = `task ${quote(task.name)} ${what} more than once with different values: ${shown(earlier.given)}, and ${shown(given)}`;
  return usage(message, 'give it the same values each time');
}

const isSame = (one: ParamValues, other: ParamValues): boolean =>
  one.size === other.size &&
  [...one].every(([name, value]) => {
    const others = other.get(name);
    return others !== undefined && isSameValue(value, others);
  });

const shown = (given: ParamValues): string =>
  [...given].map(([name, value]) => [visible(name), ...textsOf(value).map(quote)].join(' ')).join(', ') ||
  'none';

/** The first word is no task. Those behind it are told, too, as long as they are certain not to be values. */
function noTasks([first = '', ...rest]: readonly string[], known: KnownWords): UsageFailure {
  const { tasks, commands, previous } = known;
  const unknown = [first];
  for (const word of rest) {
    const task = ownerOf(tasks, word);
    if (task === undefined ? word.startsWith('-') : task.params.length > 0) break;
    if (task === undefined) unknown.push(word);
  }
  const names = [...tasks.keys()];
  const near = suggestTask(first, names, previous === undefined ? commands : []);
  const { message, hint } = unknownTasks(unknown, near, names);
  if (near !== undefined) return usage(message, hint);
  return usage(message, otherWordHint(first, previous && tasks.get(previous)) ?? hint);
}

interface KnownWords {
  readonly tasks: Ottofile['tasks'];
  readonly commands: readonly string[];
  /** The task that stands before the word. */
  readonly previous: TaskName | undefined;
}

/** What a word stands for in other programs, and what is written here. */
function otherWordHint(word: string, previous: TaskDefinition | undefined): string | undefined {
  if (/^[A-Za-z_]\w*=/.test(word)) return `a variable is set in front: ${visible(word)} otto …`;
  if (previous !== undefined && previous.params.length > 0)
    return `${quote(previous.name)} takes no more values: ${usageOf(previous)}`;
  return Object.hasOwn(OTHER_COMMANDS, word) ? OTHER_COMMANDS[word] : undefined;
}

const OTHER_COMMANDS: Readonly<Record<string, string>> = {
  logs: 'the output of a task: otto history latest TASK --log',
  log: 'the output of a task: otto history latest TASK --log',
  ls: 'the tasks: otto list',
  tasks: 'the tasks: otto list',
  status: 'earlier runs: otto history',
  runs: 'earlier runs: otto history',
  set: 'a script sets a value with otto.set KEY VALUE',
  get: 'a script reads a value with otto.get TASK.KEY; values of earlier runs: otto data get TASK.KEY',
};
