import { CLEAN_OPTIONS, DATA_OPTIONS, HISTORY_OPTIONS, STATS_OPTIONS } from './commands/state-options.ts';
import type { OptionSpecs } from './options.ts';

export const OTTOFILE_OPTION: OptionSpecs = {
  ottofile: { short: 'o', value: 'FILE|DIR', help: 'use this ottofile, or the one in this directory' },
};

const HELP_OPTION: OptionSpecs = { help: { short: 'h', help: 'show this help' } };

const LIST_OPTIONS: OptionSpecs = {
  tree: { help: 'each task above what it needs' },
  json: { help: 'as JSON, for programs' },
};

export const RUN_OPTIONS: OptionSpecs = {
  fast: { help: 'move values through shared memory: the same as --store shm' },
  store: { value: 'NAME', help: 'where values live during the run: a store for every task, or auto' },
  ...OTTOFILE_OPTION,
  jobs: { short: 'j', value: 'N', help: 'run at most N tasks at once' },
  'keep-going': { short: 'k', help: 'after a failure, go on with what does not need the failed task' },
  'fail-fast': { help: 'after a failure, end the tasks that are running' },
  'dry-run': { short: 'n', help: 'only show which tasks would run, in order, one a line' },
  explain: { help: 'with -n: for each task, whether it would run and why' },
  force: { help: 'run also what is up to date' },
  output: { value: 'MODE', help: 'how the run is shown: prefixed, grouped, raw, quiet or json' },
  quiet: { short: 'q', help: 'the same as --output quiet' },
  verbose: { short: 'v', help: 'say more about what happens' },
  ...HELP_OPTION,
};

const GRAPH_OPTIONS: OptionSpecs = {
  format: { value: 'FORMAT', help: 'ascii (boxes, or a tree where they do not fit), dot, mermaid or svg' },
  out: { value: 'FILE', help: 'write to this file; its ending tells the format when --format does not' },
  all: { help: 'the whole ottofile, also when a TASK is named' },
  fresh: { help: 'tell apart what is up to date; commands in values of variables are run for that' },
};

const CONVERT_OPTIONS: OptionSpecs = {
  out: { value: 'FILE', help: 'write to this file' },
  force: { help: 'replace FILE when it is there' },
};

const BENCH_OPTIONS: OptionSpecs = {
  ways: { value: 'A,B', help: 'only these ways' },
  sizes: { value: 'A,B', help: 'sizes of the values, for example 1KiB,100MiB' },
  quick: { help: 'small sizes, few rounds' },
  full: { help: 'also 1 GiB, and more rounds' },
  size: { value: 'SIZE', help: 'recommend for values of this size (default: those of the last run)' },
  values: { value: 'N', help: 'and for so many of them in a run (1)' },
  json: { help: 'as JSON, for programs' },
  chart: { value: 'FILE', help: 'draw an SVG into this file' },
  dir: { value: 'DIR', help: 'measure in this directory (the one for temporary files)' },
};

export interface CommandInfo {
  /** What stands behind `otto NAME` in the usage line. */
  readonly arguments: string;
  readonly summary: string;
  readonly options: OptionSpecs;
  /** How many words it takes at most; what it does with them it says itself. */
  readonly mostWords: number;
}

const info = (
  words: string,
  summary: string,
  { options = {}, mostWords = 0 }: { readonly options?: OptionSpecs; readonly mostWords?: number } = {},
): CommandInfo => ({
  arguments: words,
  summary,
  options: { ...options, ...HELP_OPTION },
  mostWords,
});

const ANY_NUMBER = Number.POSITIVE_INFINITY;

const HISTORY_USAGE = [
  '[OPTIONS] [TASK]',
  'RUN [--json]',
  'RUN TASK [--json | [--attempt N] --log | --stdout | --stderr]',
].join('\n       otto history ');

const DATA_USAGE = [
  '[list] [RUN] [TASK]',
  'get [RUN] TASK KEY',
  'export [RUN] DIR',
  'check [RUN | FILE | DIR]',
].join('\n       otto data ');

/** Every command there is. */
export const COMMANDS = {
  run: info('[OPTIONS] [TASK [ARGS]]...', 'run tasks and what they need; without TASK the default tasks', {
    options: RUN_OPTIONS,
    mostWords: ANY_NUMBER,
  }),
  list: info('[OPTIONS]', 'list the tasks of the ottofile', {
    options: { ...LIST_OPTIONS, ...OTTOFILE_OPTION },
  }),
  graph: info(
    '[OPTIONS] [TASK]...',
    'draw what runs before what: the whole ottofile, or what running TASK means',
    {
      options: { ...GRAPH_OPTIONS, ...OTTOFILE_OPTION },
      mostWords: ANY_NUMBER,
    },
  ),
  history: info(HISTORY_USAGE, 'list earlier runs, show one run, or one task of it', {
    options: { ...HISTORY_OPTIONS, ...OTTOFILE_OPTION },
    mostWords: 2,
  }),
  stats: info('[OPTIONS] [TASK]...', 'how long runs and tasks took, and how often they failed', {
    options: { ...STATS_OPTIONS, ...OTTOFILE_OPTION },
    mostWords: ANY_NUMBER,
  }),
  clean: info('[OPTIONS]', 'remove old runs, and what dead runs left in shared memory', {
    options: { ...CLEAN_OPTIONS, ...OTTOFILE_OPTION },
  }),
  data: info(DATA_USAGE, 'list, print, export or check the values of a run that goes on or has ended', {
    options: { ...DATA_OPTIONS, ...OTTOFILE_OPTION },
    mostWords: ANY_NUMBER,
  }),
  convert: info('[OPTIONS] [MAKEFILE]', 'make an ottofile of a Makefile', {
    options: CONVERT_OPTIONS,
    mostWords: 1,
  }),
  bench: info('[OPTIONS]', 'measure every way to pass data on this machine', {
    options: { ...BENCH_OPTIONS, ...OTTOFILE_OPTION },
  }),
  doctor: info('[OPTIONS]', 'tell what otto finds on this machine, and how to get what it does not', {
    options: { json: { help: 'as JSON, for programs' }, ...OTTOFILE_OPTION },
  }),
  completion: info(
    'bash | zsh | fish',
    'print a script that completes commands, tasks and params in that shell',
    {
      options: {
        complete: { value: 'SHELL', help: 'for these scripts: what can stand at the end of the line' },
      },
      mostWords: ANY_NUMBER,
    },
  ),
  help: info('[COMMAND | TASK]', 'show help', { options: OTTOFILE_OPTION, mostWords: 1 }),
  version: info('', 'show the version'),
} satisfies Record<string, CommandInfo>;

export type CommandName = keyof typeof COMMANDS;

export const isCommand = (word: string): word is CommandName => Object.hasOwn(COMMANDS, word);

/** `Clean` is always the command `clean`, also when there is a task of that name. */
export function capitalised(word: string): CommandName | null {
  const lower = word.charAt(0).toLowerCase() + word.slice(1);
  return lower !== word && isCommand(lower) ? lower : null;
}
