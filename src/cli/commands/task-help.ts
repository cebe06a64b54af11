import { dependenciesOf } from '../../ottofile/links.ts';
import type { Ottofile, ParamDefinition, TaskDefinition } from '../../ottofile/model.ts';
import { visible } from '../../ottofile/quote.ts';
import { isCommand } from '../command-table.ts';
import { usageOf, valuesPattern } from '../param-words.ts';
import type { Terminal } from '../terminal.ts';
import { commandLine, table } from './table.ts';

/** `otto TASK --help` on stdout: how the task is called, what it takes and what it needs. */
export function taskHelp(task: TaskDefinition, ottofile: Ottofile, terminal: Terminal): number {
  const positionals = task.params.filter(({ kind }) => kind === 'positional');
  const options = task.params.filter(({ kind }) => kind !== 'positional');
  const parts = [
    [`Usage: ${usageOf(task)}`],
    lines(task.help ?? ''),
    section(
      'Arguments:',
      positionals.map((param) => ['', valuesPattern(param), description(param)]),
    ),
    section('Options:', [...options.map(optionRow), ...ownOptions(task)]),
    needs(task, ottofile),
    hiddenCommand(task),
  ];
  terminal.out(
    `${parts
      .filter((part) => part.length > 0)
      .map((part) => part.join('\n'))
      .join('\n\n')}\n`,
  );
  return 0;
}

const lines = (text: string): string[] =>
  text.trim() === ''
    ? []
    : text
        .trim()
        .split('\n')
        .map((line) => visible(line.trimEnd()));

const section = (heading: string, rows: readonly string[][]): string[] =>
  rows.length === 0 ? [] : [heading, ...table(rows)];

function optionRow(param: ParamDefinition): string[] {
  const { short, long, kind } = param;
  const letter = short === null ? '   ' : `-${visible(short)}${long === null ? '' : ','}`;
  const words = [letter, ...(long === null ? [] : [`--${visible(long)}`])];
  return ['', [...words, ...(kind === 'flag' ? [] : [valuesPattern(param)])].join(' '), description(param)];
}

/** What otto itself reads behind a task. */
function ownOptions({ foreach, params }: TaskDefinition): string[][] {
  const letter = params.some(({ short }) => short === 'h') ? '   ' : '-h,';
  const serial = ['', '    --Serial', 'run for one item after the other'];
  return [...(foreach === null ? [] : [serial]), ['', `${letter} --help`, 'show this help']];
}

/** Help, choices and default on one line. */
function description(param: ParamDefinition): string {
  const help = lines(param.help ?? '')
    .map((line) => line.trim())
    .join(' ');
  const { choices, kind } = param;
  const values = param.default === null ? null : [param.default].flat();
  const facts = [
    ...(choices === null ? [] : [`one of: ${listed(choices)}`]),
    ...(values === null || (kind === 'flag' && values[0] === 'false')
      ? []
      : [`default: ${commandLine(values)}`]),
  ];
  return [help, ...(facts.length === 0 ? [] : [`(${facts.join('; ')})`])]
    .filter((part) => part !== '')
    .join(' ');
}

const listed = (words: readonly string[]): string => words.map((word) => commandLine([word])).join(', ');

function needs({ name }: TaskDefinition, { tasks }: Ottofile): string[] {
  const dependencies = dependenciesOf(tasks).get(name) ?? [];
  return dependencies.length === 0 ? [] : [`Runs after: ${listed(dependencies)}`];
}

/** A task hides the command of its name: that is still to be found. */
function hiddenCommand({ name }: TaskDefinition): string[] {
  if (!isCommand(name) || name === 'run') return [];
  return [`The command of this name: otto help ${name.charAt(0).toUpperCase()}${name.slice(1)}`];
}
