import { itemsOf } from '../../graph/items.ts';
import { mustBeGiven } from '../../graph/param-value.ts';
import { dependenciesOf } from '../../ottofile/links.ts';
import type {
  Arity,
  Diagnostic,
  EnvDefinition,
  ForeachDefinition,
  Ottofile,
  OutputDeclaration,
  ParamDefinition,
  Position,
  Script,
  TaskDefinition,
  TaskFile,
} from '../../ottofile/model.ts';
import type { ParsedOttofile } from '../../ottofile/parse.ts';

/** What `otto list --json` prints: docs/commands.md. Fields may be added, not changed. */
export function listJson({ ottofile, place, diagnostics }: ParsedOttofile) {
  const problems = diagnostics.map(problemJson);
  if (ottofile === null) return { ottofile: place.path, directory: place.directory, problems, tasks: null };
  const dependencies = dependenciesOf(ottofile.tasks);
  return {
    ...headJson(ottofile),
    files: [...new Set([...ottofile.tasks.values()].map(({ file }) => file))].map(fileJson),
    problems,
    tasks: [...ottofile.tasks.values()].map((task) => ({
      ...taskJson(task),
      dependencies: dependencies.get(task.name) ?? [],
    })),
  };
}

const headJson = ({ path, directory, project, about, defaults, jobs, store, home, bash }: Ottofile) => ({
  ottofile: path,
  directory,
  project,
  about,
  defaults,
  jobs,
  store,
  home,
  bash,
});

const groupOf = ({ prefix }: TaskFile): string | null => (prefix === '' ? null : prefix);

const fileJson = (file: TaskFile) => ({
  path: file.path,
  group: groupOf(file),
  envs: file.envs.map(envJson),
  dotenv: file.dotenv.map(({ text }) => text),
});

const taskJson = (task: TaskDefinition) => ({
  name: task.name,
  localName: task.localName,
  group: groupOf(task.file),
  help: task.help,
  file: task.file.path,
  ...placeJson(task.at),
  before: task.before,
  after: task.after,
  language: task.script?.language ?? null,
  script: task.script && scriptJson(task.script),
  directory: task.directory,
  params: task.params.map(paramJson),
  envs: task.envs.map(envJson),
  dotenv: task.dotenv.map(({ text }) => text),
  if: task.condition?.text ?? null,
  always: task.always,
  interactive: task.interactive,
  timeoutMs: task.timeoutMs,
  retries: task.retries,
  foreach: task.foreach && foreachJson(task.foreach),
  input: task.input.map(({ text }) => text),
  output: task.output.map(({ text }) => text),
  fresh: task.fresh,
  outputs: task.outputs?.map(outputJson) ?? null,
});

const placeJson = ({ line, column }: Position) => ({ line, column });

const problemJson = ({ severity, file, at, message, hint }: Diagnostic) => ({
  severity,
  file,
  ...placeJson(at),
  message,
  hint: hint ?? null,
});

const envJson = ({ name, value, at }: EnvDefinition) => ({ name, value, ...placeJson(at) });

const scriptJson = ({ text, interpreter, line }: Script) => ({ text, interpreter, line });

const outputJson = ({ key, type, optional, at }: OutputDeclaration) => ({
  key,
  type,
  optional,
  ...placeJson(at),
});

const paramJson = (param: ParamDefinition) => ({
  name: param.name,
  kind: param.kind,
  short: param.short,
  long: param.long,
  variable: param.variable,
  dest: param.dest,
  help: param.help,
  metavar: param.metavar,
  required: mustBeGiven(param),
  default: param.default,
  choices: param.choices,
  nargs: param.nargs && arityJson(param.nargs),
  ...placeJson(param.at),
});

/** JSON has no number for "as many as there are". */
const arityJson = ({ min, max }: Arity) => ({ min, max: Number.isFinite(max) ? max : null });

function foreachJson(foreach: ForeachDefinition) {
  const { source, as, parallel, maxItems, at } = foreach;
  return {
    kind: source.kind,
    ...itemsOf(foreach),
    items: source.kind === 'items' ? source.items : null,
    task: source.kind === 'items_from' ? source.task : null,
    key: source.kind === 'items_from' ? source.key : null,
    as,
    parallel,
    maxItems,
    ...placeJson(at),
  };
}
