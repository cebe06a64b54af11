import { itemsOf } from '../../graph/items.ts';
import { dependenciesOf } from '../../ottofile/links.ts';
import type { Arity, Ottofile, ParamDefinition, TaskDefinition } from '../../ottofile/model.ts';

/** What `otto list --json` prints: docs/commands.md. Fields may be added, not changed. */
export function listJson(ottofile: Ottofile) {
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
      file: task.file.path,
      group: task.file.prefix === '' ? null : task.file.prefix,
      params: task.params.map(paramJson),
      foreach: foreachJson(task),
      interactive: task.interactive,
      input: task.input.map(({ text }) => text),
      output: task.output.map(({ text }) => text),
      outputs: task.outputs?.map(({ key, type, optional }) => ({ key, type, optional })) ?? null,
    })),
  };
}

const paramJson = (param: ParamDefinition) => ({
  name: param.name,
  kind: param.kind,
  short: param.short,
  long: param.long,
  variable: param.variable,
  help: param.help,
  metavar: param.metavar,
  default: param.default,
  choices: param.choices,
  nargs: param.nargs && arityJson(param.nargs),
});

/** JSON has no number for "as many as there are". */
const arityJson = ({ min, max }: Arity) => ({ min, max: Number.isFinite(max) ? max : null });

function foreachJson({ foreach }: TaskDefinition) {
  if (foreach === null) return null;
  const { source, as, parallel } = foreach;
  return { kind: source.kind, ...itemsOf(foreach), as, parallel };
}
