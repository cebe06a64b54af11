import { parseTaskName } from '../base/task-name.ts';
import { envValue } from './env-values.ts';
import type { Makefile } from './makefile.ts';
import type { Place } from './model.ts';
import { type ShellManner, scriptOf } from './recipe.ts';
import type { Scope } from './scope.ts';
import { overlayOf } from './target-variables.ts';
import type { Target } from './targets.ts';

/** A task of the ottofile. */
export interface Task {
  readonly name: string;
  readonly at: Place;
  readonly comment: string;
  readonly help: string | null;
  readonly before: readonly string[];
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly envs: ReadonlyMap<string, string>;
  readonly script: string | null;
}

export interface Targets {
  readonly makefile: Makefile;
  readonly targets: ReadonlyMap<string, Target>;
  /** Null: the shell is one that scripts cannot be written for. */
  readonly manner: ShellManner | null;
}

/** Names that stand for no file, though few Makefiles say so. */
const NO_FILES =
  /^(?:all|clean|distclean|mostlyclean|maintainer-clean|install|uninstall|check|test|tests|lint|format|fmt|help|run|start|stop|serve|watch|deploy|release|publish|default|dev|docker.*|up|down|.*-.*)$/;

export function tasksOf(context: Targets): Task[] {
  const { makefile, targets } = context;
  return [...targets.values()].flatMap((target) => {
    if (parseTaskName(target.name).ok) return [taskOf(target, context)];
    makefile.leave(target.at, JSON.stringify(target.name), {
      message: 'a task cannot have this name',
      hint: 'choose another',
    });
    return [];
  });
}

function taskOf(target: Target, context: Targets): Task {
  const { makefile, targets } = context;
  const isFile = !makefile.phony.has(target.name) && target.recipe.length > 0;
  const always = target.prerequisites.filter((name) => isNeverFile(name, context));
  const orderOnly = target.prerequisites.filter((name) => isDirectoryRule(targets.get(name)));
  const files = unique(
    target.prerequisites.filter((name) => !always.includes(name) && !orderOnly.includes(name)),
  );
  const runsAlways = always.length > 0;
  const isMade = isFile && !runsAlways;
  reportMissing(target, context);
  reportOrder(target, context);
  const scope: Scope = {
    at: target.at,
    overlay: overlayOf(makefile, target.name),
    automatic: automaticOf(target, context),
    params: new Map(),
  };
  const { script, failed } = scriptFor(target, scope, context);
  const guard = isMade && files.length === 0 && needsGuard(target, context) ? guardOf(target) : '';
  return {
    name: target.name,
    at: target.at,
    comment: failed
      ? [target.comment, ...target.recipe.map(({ text }) => `\t${text}`)].join('\n')
      : target.comment,
    help: target.help,
    before: unique([...target.prerequisites, ...target.orderOnly]).filter((name) => targets.has(name)),
    input:
      runsAlways || target.recipe.length === 0
        ? []
        : unique(files.flatMap((name) => [name, ...behind(name, context)])),
    output: isMade && files.length > 0 ? target.outputs : [],
    envs: envsFor(scope, makefile),
    script: script === null ? null : `${guard}${script}`,
  };
}

const unique = (names: readonly string[]): string[] => [...new Set(names)];

/** make runs what needs one of these each time. */
function isNeverFile(name: string, { makefile, targets }: Targets): boolean {
  const target = targets.get(name);
  if (target === undefined) return false;
  return (
    makefile.phony.has(name) ||
    (target.recipe.length === 0 && !isMadeByOther(target, targets) && !makefile.evaluator.world.exists(name))
  );
}

/** One of several files that one recipe makes. */
const isMadeByOther = (
  { name, prerequisites: [first] }: Target,
  targets: ReadonlyMap<string, Target>,
): boolean => first !== undefined && targets.get(first)?.outputs.includes(name) === true;

/** A directory is newer with each file in it: that is no reason to run. */
const isDirectoryRule = (target: Target | undefined): boolean =>
  target !== undefined &&
  (target.name.endsWith('/') ||
    (target.prerequisites.length === 0 &&
      target.recipe.some(
        ({ text }) => /^[\s@+-]*(?:mkdir|install -d)\s/.test(text) && /\$@|\$\(@\)/.test(text),
      ) &&
      target.recipe.length === 1));

/** What a file depends on that no recipe makes: it counts for whoever needs the file. */
function behind(name: string, { targets }: Targets, seen = new Set<string>()): string[] {
  const target = targets.get(name);
  if (target === undefined || target.recipe.length > 0 || seen.has(name)) return [];
  seen.add(name);
  return target.prerequisites.flatMap((need) => [need, ...behind(need, { targets } as Targets, seen)]);
}

function automaticOf(target: Target, { makefile }: Targets): Map<string, string> {
  const { world } = makefile.evaluator;
  const files = target.prerequisites;
  const [first = ''] = files;
  const firstFile = /[*?[]/.test(first) ? (world.glob(first)[0] ?? first) : first;
  return new Map([
    ['@', target.name],
    ['<', firstFile],
    ['^', unique(files).join(' ')],
    ['?', unique(files).join(' ')],
    ['+', files.join(' ')],
    ['*', target.stem],
    ['|', unique(target.orderOnly).join(' ')],
    ['%', ''],
  ]);
}

function scriptFor(target: Target, scope: Scope, { makefile, manner }: Targets) {
  const { evaluator } = makefile;
  const before = evaluator.problems;
  const script = manner && scriptOf(evaluator, target.recipe, { scope, manner });
  const failed = target.recipe.length > 0 && (manner === null || evaluator.problems > before);
  const place = `${target.at.file}:${target.at.line}`;
  return {
    script: failed ? `echo ${quoted(`the recipe of ${place} is not converted`)} >&2\nexit 1\n` : script,
    failed,
  };
}

const needsGuard = ({ name }: Target, { makefile }: Targets): boolean =>
  !NO_FILES.test(name) || makefile.evaluator.world.exists(name);

/** make runs a recipe without prerequisites only while its file is not there. */
const guardOf = ({ name }: Target): string => `[[ ! -e ${quoted(name)} ]] || exit 0\n`;

export const quoted = (text: string): string =>
  /^[\w./+,:@%-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

function envsFor(scope: Scope, { evaluator }: Makefile): Map<string, string> {
  const envs = new Map<string, string>();
  for (const [name, variable] of scope.overlay) {
    if (!evaluator.isEnv(variable, scope)) continue;
    const value = envValue(evaluator, variable, scope);
    if (value !== null) envs.set(name, value);
  }
  return envs;
}

function reportMissing(target: Target, { makefile, targets }: Targets): void {
  const { evaluator } = makefile;
  for (const name of unique(target.prerequisites))
    if (!targets.has(name) && !/[*?[]/.test(name) && !evaluator.world.exists(name))
      evaluator.report(
        target.at,
        `"${name}", which "${target.name}" needs, is not there, and no rule makes it`,
        'write a task that makes it, or correct the name',
      );
}

/** `rebuild: clean all`: make takes one after the other unless it has a -j, and nothing else says that `all` has to wait. */
function reportOrder(target: Target, { makefile, targets }: Targets): void {
  const { prerequisites } = target;
  const removes = prerequisites.find((name) =>
    targets.get(name)?.recipe.some(({ text }) => REMOVES.test(text)),
  );
  const later = prerequisites.slice(prerequisites.indexOf(removes ?? '') + 1);
  if (removes === undefined || later.every((name) => !targets.has(name))) return;
  makefile.evaluator.report(
    target.at,
    `make does what "${target.name}" needs in this order: ${prerequisites.join(', ')}; otto does it at the same time`,
    `with "otto run -j1" the order is the same; or make "${target.name}" a script that calls otto for one after the other`,
  );
}

const REMOVES = /(?:^|[\s;&|(@-])(?:rm|rmdir)\s/;
