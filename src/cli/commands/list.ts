import { rootsOf, treeLines } from '../../graph/tree.ts';
import { dependenciesOf } from '../../ottofile/links.ts';
import type { Ottofile, TaskDefinition } from '../../ottofile/model.ts';
import { visible } from '../../ottofile/quote.ts';
import { columns } from '../../report/columns.ts';
import type { CliContext } from '../context.ts';
import { loadOttofile, locateOttofile } from '../load.ts';
import { showPath } from '../messages.ts';
import type { ParsedOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { BAD_OTTOFILE, usable } from '../usable-ottofile.ts';
import { listJson } from './list-json.ts';
import { misuse } from './state-context.ts';

/** A wider name has its help on the next line, so that it does not push all others to the edge. */
const WIDE = 32;

/** `otto list [--tree | --json]`. */
export function listCommand(options: ParsedOptions, { terminal }: CliContext): number {
  const [json, tree] = [options.flags.has('json'), options.flags.has('tree')];
  if (json && tree) throw misuse('--json and --tree exclude each other', '--json tells all dependencies');
  const parsed = loadOttofile(locateOttofile(options.values.get('ottofile') ?? null));
  const ottofile = usable(parsed, terminal);
  if (json) terminal.out(`${JSON.stringify(listJson(parsed), null, 2)}\n`);
  if (ottofile === null) return BAD_OTTOFILE;
  if (json) return 0;
  if (!tree) return list(ottofile, terminal);
  terminal.out(asTree(ottofile, terminal));
  return 0;
}

/** The tasks in the order of the file, on stdout. */
export function list(ottofile: Ottofile, terminal: Terminal): number {
  if (ottofile.tasks.size === 0) terminal.err(`${showPath(ottofile.path)} has no tasks\n`);
  else terminal.out(asText(ottofile, terminal));
  return 0;
}

function asText(ottofile: Ottofile, terminal: Terminal): string {
  const { about } = ottofile;
  const head = about === null ? '' : `${terminal.outStyle.dim(visible(firstLine(about)))}\n\n`;
  return `${head}${tasksText(ottofile, terminal)}\n`;
}

/** The file's own tasks, then those of each file it includes, under the name it gives them. */
export function tasksText(ottofile: Ottofile, { outStyle }: Pick<Terminal, 'outStyle'>): string {
  const describe = describer(ottofile);
  const width = nameWidth(ottofile.tasks.values());
  const parts = [...byPrefix(ottofile.tasks.values())].map(([prefix, tasks]) => {
    const heading = prefix === '' ? [] : [outStyle.bold(visible(prefix))];
    return [...heading, ...tasks.flatMap((task) => row(task, describe(task), width))];
  });
  return parts.map((part) => part.join('\n')).join('\n\n');
}

/** By the file they stand in; the main file's come first. */
function byPrefix(tasks: Iterable<TaskDefinition>): Map<string, TaskDefinition[]> {
  const groups = new Map<string, TaskDefinition[]>([['', []]]);
  for (const task of tasks) {
    const { prefix } = task.file;
    const group = groups.get(prefix);
    if (group === undefined) groups.set(prefix, [task]);
    else group.push(task);
  }
  if (groups.get('')?.length === 0) groups.delete('');
  return groups;
}

function nameWidth(tasks: Iterable<TaskDefinition>): number {
  let width = 0;
  for (const { name } of tasks) {
    const own = columns(visible(name));
    if (own <= WIDE && own > width) width = own;
  }
  return width;
}

function row({ name }: TaskDefinition, help: string, width: number): string[] {
  const shown = visible(name);
  if (help === '') return [shown];
  const space = width - columns(shown);
  return space < 0 ? [shown, `${' '.repeat(width)}  ${help}`] : [`${shown}${' '.repeat(space)}  ${help}`];
}

/** Each task that no other one needs, above what it needs. */
function asTree(ottofile: Ottofile, { outStyle }: Terminal): string {
  const { tasks } = ottofile;
  const describe = describer(ottofile);
  const dependencies = dependenciesOf(tasks);
  const rows = treeLines(dependencies, rootsOf(dependencies, tasks.keys())).map(
    ({ branches, task, again }) => [
      `${outStyle.dim(branches)}${visible(task)}`,
      again ? outStyle.dim('(see above)') : describe(tasks.get(task) as TaskDefinition),
    ],
  );
  return rows.map(([name, help]) => `${`${name}  ${help}`.trimEnd()}\n`).join('');
}

/** First line of the help, and whether the task is a default one. */
function describer({ defaults }: Ottofile): (task: TaskDefinition) => string {
  const isDefault = new Set(defaults);
  return ({ name, help }) =>
    [visible(firstLine(help ?? '')), isDefault.has(name) ? '(default)' : '']
      .filter((part) => part !== '')
      .join(' ');
}

const firstLine = (text: string): string => text.trimStart().split('\n', 1)[0] ?? '';
