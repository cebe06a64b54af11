import { dependenciesOf } from '../../ottofile/links.ts';
import type { Ottofile, TaskDefinition } from '../../ottofile/model.ts';
import { visible } from '../../ottofile/quote.ts';
import { showPath } from '../messages.ts';
import type { Terminal } from '../terminal.ts';
import { table } from './table.ts';

/** The tasks in the order of the file, on stdout. */
export function list(ottofile: Ottofile, { json }: { readonly json: boolean }, terminal: Terminal): number {
  if (json) terminal.out(`${JSON.stringify(asJson(ottofile), null, 2)}\n`);
  else if (ottofile.tasks.size === 0) terminal.err(`${showPath(ottofile.path)} has no tasks\n`);
  else terminal.out(asText(ottofile, terminal));
  return 0;
}

function asText(ottofile: Ottofile, { outStyle }: Terminal): string {
  const defaults = new Set(ottofile.defaults);
  const rows = [...ottofile.tasks.values()].map((task) => [
    visible(task.name),
    describe(task, defaults.has(task.name)),
  ]);
  const about = ottofile.about === null ? [] : [outStyle.dim(visible(firstLine(ottofile.about))), ''];
  return `${[...about, ...table(rows)].join('\n')}\n`;
}

function describe({ help }: TaskDefinition, isDefault: boolean): string {
  return [visible(firstLine(help ?? '')), isDefault ? '(default)' : '']
    .filter((part) => part !== '')
    .join(' ');
}

const firstLine = (text: string): string => text.trimStart().split('\n', 1)[0] ?? '';

function asJson(ottofile: Ottofile) {
  const dependencies = dependenciesOf(ottofile.tasks);
  return {
    ottofile: ottofile.path,
    project: ottofile.project,
    about: ottofile.about,
    defaults: ottofile.defaults,
    tasks: [...ottofile.tasks.values()].map((task) => ({
      name: task.name,
      help: task.help,
      before: task.before,
      after: task.after,
      dependencies: dependencies.get(task.name) ?? [],
      language: task.script?.language ?? null,
      line: task.at.line,
    })),
  };
}
