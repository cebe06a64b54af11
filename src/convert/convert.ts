import { envValue } from './env-values.ts';
import { ImplicitRules } from './implicit.ts';
import type { Makefile } from './makefile.ts';
import type { Report, Surroundings } from './model.ts';
import { readMakefile } from './reader.ts';
import type { ShellManner } from './recipe.ts';
import { scopeAt } from './scope.ts';
import { reportInheritance } from './target-variables.ts';
import { sortRules, type Target } from './targets.ts';
import { tasksOf } from './tasks.ts';
import { canBeEnv } from './variables.ts';
import { written } from './write.ts';

export interface Converted {
  /** The ottofile. */
  readonly text: string;
  readonly reports: readonly Report[];
}

/** Makes an ottofile of a Makefile. Runs nothing; what it cannot convert is reported, and stands in the text as a comment. */
export function convertMakefile(source: string, file: string, world: Surroundings): Converted {
  const reports = new Map<string, Report>();
  const report = (
    at: { readonly file: string; readonly line: number },
    message: string,
    hint: string,
  ): void => {
    const place = at.line === 0 ? { file, line: 1 } : at;
    reports.set(`${place.file}:${place.line} ${message}`, { ...place, message: shortened(message), hint });
  };
  const makefile = readMakefile(source.replace(/\0|\p{Surrogate}/gu, ''), file, { ...world, report });
  const sorted = sortRules(makefile);
  new ImplicitRules(sorted, makefile).apply();
  dropCircles(makefile, sorted.targets);
  reportInheritance(makefile, sorted.targets);
  const tasks = tasksOf({ makefile, targets: sorted.targets, manner: mannerOf(makefile) });
  const names = new Set(tasks.map(({ name }) => name));
  const { envs, pasted } = envsOf(makefile);
  const goal = defaultGoal(makefile);
  const text = written({
    head: `made from ${file} by "otto convert"`,
    defaults: goal !== null && names.has(goal) ? [goal] : [],
    jobs: makefile.isSerial ? 1 : null,
    envs,
    pasted,
    tasks: tasks.map((task) => ({ ...task, before: task.before.filter((name) => names.has(name)) })),
    leftovers: makefile.leftovers,
  });
  const sortedReports = [...reports.values()].sort((a, b) => (a.file === b.file ? a.line - b.line : 0));
  return { text, reports: sortedReports };
}

const shortened = (message: string): string => (message.length > 300 ? `${message.slice(0, 300)}…` : message);

const SILENT_VARIABLES = /^(?:SHELL|MAKEFLAGS|VPATH|MAKEFILE_LIST|MAKE|\..*)$/;

function envsOf(makefile: Makefile): { readonly envs: Map<string, string>; readonly pasted: string[] } {
  const { evaluator, exported } = makefile;
  const scope = scopeAt({ file: '', line: 0 });
  const own = new Map<string, string>();
  const pasted: string[] = [];
  for (const [name, variable] of evaluator.table) {
    if (variable.predefined || SILENT_VARIABLES.test(name)) continue;
    const isEnv = evaluator.isEnv(variable, scope);
    if (!isEnv) {
      pasted.push(name);
      if (variable.optional)
        evaluator.report(
          variable.at,
          `"${name}" is pasted into the scripts: the environment does not change it`,
          'write its value without quotes and "$", or use it in quotes by hand',
        );
    }
    const value =
      isEnv || (exported.has(name) && canBeEnv(name)) ? envValue(evaluator, variable, scope) : null;
    if (value !== null) own.set(name, value);
  }
  const predefined = [...evaluator.table].flatMap(([name, variable]) => {
    const value =
      variable.predefined && evaluator.used.has(name) ? envValue(evaluator, variable, scope) : null;
    return value === null ? [] : [[name, value] as const];
  });
  return { envs: new Map([...predefined, ...own]), pasted };
}

function defaultGoal({ evaluator, rules }: Makefile): string | null {
  const named = evaluator.plainText('$(.DEFAULT_GOAL)', scopeAt({ file: '', line: 0 }))?.trim();
  if (named) return named;
  const targets = rules.flatMap((rule) => rule.targets);
  return targets.find((name) => !name.includes('%') && (!name.startsWith('.') || name.includes('/'))) ?? null;
}

/** How recipes are run; null when their shell is none that bash can stand for. */
function mannerOf(makefile: Makefile): ShellManner | null {
  const { evaluator } = makefile;
  const shell = evaluator.table.get('SHELL');
  const scope = scopeAt(shell?.at ?? { file: '', line: 0 });
  const path = evaluator.plainText('$(SHELL)', scope)?.trim() ?? 'bash';
  const options = evaluator.plainText('$(.SHELLFLAGS)', scope) ?? '';
  if (!/(?:^|[/ ])(?:bash|sh|dash|ash)(?:\.exe)?$/.test(path)) {
    evaluator.fail(
      scope.at,
      `recipes for the shell "${path}" cannot be converted`,
      'write the scripts as "bash", "python" or "node"',
    );
    return null;
  }
  const has = (letter: string): boolean => new RegExp(`(?:^|\\s)-[a-z]*${letter}`).test(options);
  return {
    isOneShell: makefile.isOneShell,
    ignoresErrors: makefile.ignoresErrors,
    errexit: has('e'),
    nounset: has('u'),
    pipefail: /pipefail/.test(options),
  };
}

/** As make does: what leads back to where it came from is left out. */
function dropCircles({ evaluator }: Makefile, targets: ReadonlyMap<string, Target>): void {
  const done = new Set<string>();
  const visit = (name: string, path: ReadonlySet<string>): void => {
    const target = targets.get(name);
    if (target === undefined || done.has(name)) return;
    const inner = new Set([...path, name]);
    const keep = (need: string): boolean => {
      if (inner.has(need)) {
        evaluator.report(
          target.at,
          `"${name}" needs "${need}", which needs "${name}"`,
          'make drops the dependency, and so does this',
        );
        return false;
      }
      visit(need, inner);
      return true;
    };
    target.prerequisites = target.prerequisites.filter(keep);
    target.orderOnly = target.orderOnly.filter(keep);
    done.add(name);
  };
  for (const name of targets.keys()) visit(name, new Set());
}
