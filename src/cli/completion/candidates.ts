import { STORE_CHOICES } from '../../data/store.ts';
import { RUN_RESULTS } from '../../history/run-record.ts';
import { WAYS } from '../../measure/ways/ways.ts';
import type { ParamDefinition, TaskDefinition } from '../../ottofile/model.ts';
import { COMMANDS, type CommandInfo, isCommand, RUN_OPTIONS } from '../command-table.ts';
import type { OptionSpec, OptionSpecs } from '../options.ts';
import { OUTPUT_MODES } from '../run-flags.ts';

/** Something that can stand where the cursor is. */
export interface Candidate {
  readonly text: string;
  readonly help: string;
}

export interface Candidates {
  readonly candidates: readonly Candidate[];
  /** A file can stand there as well. */
  readonly files: boolean;
}

/** The tasks that can be named. A definition is null when the ottofile has errors. */
export type KnownTasks = ReadonlyMap<string, TaskDefinition | null>;

const none: Candidates = { candidates: [], files: false };
const aFile: Candidates = { candidates: [], files: true };
const these = (candidates: readonly Candidate[]): Candidates => ({ candidates, files: false });
const texts = (values: readonly string[]): Candidates => these(values.map((text) => ({ text, help: '' })));

/** Values of options, by the option's long name. The others take what only the user knows. */
const OPTION_VALUES: Readonly<Record<string, readonly string[]>> = {
  store: STORE_CHOICES,
  output: OUTPUT_MODES,
  format: ['ascii', 'dot', 'mermaid', 'svg'],
  result: RUN_RESULTS,
  ways: WAYS.map(({ name }) => name),
};
const FILE_OPTIONS = ['ottofile', 'out', 'chart', 'dir'];

/** What can be the last of the words behind `otto`; it may have been begun, or be empty. */
export function candidatesFor(words: readonly string[], tasks: KnownTasks): Candidates {
  const [before, current] = [words.slice(0, -1), words.at(-1) ?? ''];
  const { rest, pending } = readOptions(before, RUN_OPTIONS);
  if (pending !== null) return valuesOf(...pending);
  const [first, ...later] = rest;
  if (first === undefined)
    return current.startsWith('-')
      ? optionsOf({ ...RUN_OPTIONS, version: { help: 'show the version' } })
      : these([...taskNames(tasks), ...commandNames(tasks)]);
  const name = first.charAt(0).toLowerCase() + first.slice(1);
  if (name !== 'run' && isCommand(name) && !tasks.has(first))
    return forCommand(name, { before: later, current, tasks });
  return forRun(name === 'run' && !tasks.has(first) ? later : rest, current, tasks);
}

/** Options of run stand before the first word; `pending` is the one whose value comes next. */
function readOptions(
  words: readonly string[],
  specs: OptionSpecs,
): { readonly rest: readonly string[]; readonly pending: readonly [string, OptionSpec] | null } {
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] as string;
    if (!word.startsWith('-') || word === '--') break;
    const taken = takesNext(word, specs);
    if (taken === null) continue;
    if (at === words.length - 1) return { rest: [], pending: taken };
    at++;
  }
  return { rest: words.slice(at).filter((word) => word !== '--'), pending: null };
}

/** The option that the word names and whose value is the next word. */
function takesNext(word: string, specs: OptionSpecs): readonly [string, OptionSpec] | null {
  const found = Object.entries(specs).find(
    ([long, { short }]) => word === `--${long}` || word === `-${short}`,
  );
  return found?.[1].value === undefined ? null : found;
}

const valuesOf = (name: string, _spec: OptionSpec): Candidates =>
  FILE_OPTIONS.includes(name) ? aFile : texts(OPTION_VALUES[name] ?? []);

const optionsOf = (specs: OptionSpecs): Candidates =>
  these(Object.entries(specs).map(([long, { help }]) => ({ text: `--${long}`, help })));

const taskNames = (tasks: KnownTasks): Candidate[] =>
  [...tasks].map(([text, task]) => ({ text, help: task?.help ?? '' }));

/** What a task is called like is the task; the command then is its capitalised name. */
const commandNames = (tasks: KnownTasks): Candidate[] =>
  Object.entries(COMMANDS).flatMap(([text, { summary }]) =>
    tasks.has(text) ? [] : [{ text, help: summary }],
  );

interface Typed {
  readonly before: readonly string[];
  readonly current: string;
  readonly tasks: KnownTasks;
}

const DATA_ACTIONS = ['list', 'get', 'export', 'check'];

function forCommand(name: keyof typeof COMMANDS, { before, current, tasks }: Typed): Candidates {
  const { options }: CommandInfo = COMMANDS[name];
  const last = before.at(-1) ?? '';
  const pending = takesNext(last, options);
  if (pending !== null) return pending[0] === 'task' ? these(taskNames(tasks)) : valuesOf(...pending);
  if (current.startsWith('-')) return optionsOf(options);
  switch (name) {
    case 'graph':
    case 'stats':
      return these(taskNames(tasks));
    case 'history':
      return these([...taskNames(tasks), { text: 'latest', help: 'the newest run' }]);
    case 'data':
      return these([
        ...(before.length === 0 ? texts(DATA_ACTIONS).candidates : []),
        ...taskNames(tasks),
        { text: 'latest', help: 'the newest run' },
      ]);
    case 'help':
      return these([...commandNames(tasks), ...taskNames(tasks)]);
    case 'completion':
      return texts(['bash', 'zsh', 'fish']);
    case 'convert':
      return aFile;
    default:
      return none;
  }
}

/** Where the words behind `otto run` have led. */
interface Reached {
  task: TaskDefinition | null;
  /** The option of the task whose value comes next. */
  pending: ParamDefinition | null;
  positionals: readonly ParamDefinition[];
}

function forRun(words: readonly string[], current: string, tasks: KnownTasks): Candidates {
  const { rest, pending: option } = readOptions(words, RUN_OPTIONS);
  if (option !== null) return valuesOf(...option);
  const reached = follow(rest, tasks);
  if (reached.pending !== null) return choicesOf(reached.pending);
  if (current.startsWith('-'))
    return reached.task === null ? optionsOf(RUN_OPTIONS) : paramsOf(reached.task, current);
  const [positional] = reached.positionals;
  const named = taskNames(tasks);
  if (positional === undefined) return these(named);
  const { candidates, files } = choicesOf(positional);
  // What must be given cannot be the next task.
  return { candidates: positional.default === null ? candidates : [...candidates, ...named], files };
}

/** A word that a task's params take is a value, also when it is a task's name. */
function follow(words: readonly string[], tasks: KnownTasks): Reached {
  const reached: Reached = { task: null, pending: null, positionals: [] };
  for (const word of words) {
    if (reached.pending !== null) reached.pending = null;
    else if (word.startsWith('-') && reached.task !== null) reached.pending = takingNext(reached.task, word);
    else if (reached.positionals.length > 0 && !takesMany(reached.positionals[0]))
      reached.positionals = reached.positionals.slice(1);
    else if (tasks.has(word)) {
      reached.task = tasks.get(word) ?? null;
      reached.positionals = reached.task?.params.filter(({ kind }) => kind === 'positional') ?? [];
    }
  }
  return reached;
}

const takesMany = (param: ParamDefinition | undefined): boolean => (param?.nargs?.max ?? 1) > 1;

const takingNext = ({ params }: TaskDefinition, word: string): ParamDefinition | null =>
  params.find(
    ({ kind, long, short }) =>
      kind === 'option' &&
      ((long !== null && word === `--${long}`) || (short !== null && word === `-${short}`)),
  ) ?? null;

const choicesOf = ({ choices }: ParamDefinition): Candidates => (choices === null ? aFile : texts(choices));

/** `--name` of each param; behind `--name=` its choices. */
function paramsOf({ params, foreach }: TaskDefinition, current: string): Candidates {
  const [, name] = /^--([^=]+)=/.exec(current) ?? [];
  const named = params.find(({ long }) => name !== undefined && long === name);
  if (named !== undefined) return texts((named.choices ?? []).map((choice) => `--${name}=${choice}`));
  const own = params.flatMap(({ kind, long, short, help }) =>
    kind === 'positional' ? [] : [{ text: long === null ? `-${short}` : `--${long}`, help: help ?? '' }],
  );
  const serial = foreach === null ? [] : [{ text: '--Serial', help: 'one item after the other' }];
  return these([...own, ...serial, { text: '--help', help: 'show what the task takes' }]);
}
