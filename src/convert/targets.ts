import type { Makefile } from './makefile.ts';
import type { Place, RecipeLine, Rule } from './model.ts';
import { stemOf, withStem } from './text-functions.ts';

/** A target with everything that the rules say of it. */
export interface Target {
  readonly name: string;
  readonly at: Place;
  prerequisites: string[];
  orderOnly: string[];
  recipe: readonly RecipeLine[];
  /** `$*` */
  stem: string;
  /** What its recipe makes at once. */
  outputs: readonly string[];
  comment: string;
  help: string | null;
}

/** A rule that makes many targets by a pattern. */
export interface PatternRule {
  readonly targets: readonly string[];
  readonly prerequisites: readonly string[];
  readonly orderOnly: readonly string[];
  readonly recipe: readonly RecipeLine[];
  /** Null: one of make's own. */
  readonly rule: Rule | null;
}

export interface Sorted {
  readonly targets: Map<string, Target>;
  readonly patterns: readonly PatternRule[];
}

/** Puts together what several rules say of a target; pattern rules stay apart. */
export function sortRules(makefile: Makefile): Sorted {
  const targets = new Map<string, Target>();
  const patterns: PatternRule[] = [];
  for (const rule of makefile.rules) {
    const pattern = patternOf(rule);
    if (pattern !== null) patterns.push(pattern);
    else for (const name of new Set(rule.targets)) addTo(targets, { name, rule, makefile });
  }
  return { targets, patterns };
}

/** Endings between which an old-fashioned rule `.a.b:` leads. */
const SUFFIX_RULE = /^(\.[A-Za-z]\w*\+{0,2})(\.[A-Za-z]\w*\+{0,2})$/;

function patternOf(rule: Rule): PatternRule | null {
  const { targets, prerequisites, orderOnly, recipe } = rule;
  const [first = ''] = targets;
  if (rule.targetPattern === null && targets.some((name) => name.includes('%')))
    return { targets, prerequisites, orderOnly, recipe, rule };
  const [, from, to] = SUFFIX_RULE.exec(first) ?? [];
  if (from === undefined || prerequisites.length > 0 || recipe.length === 0) return null;
  return { targets: [`%${to}`], prerequisites: [`%${from}`], orderOnly, recipe, rule };
}

interface Added {
  readonly name: string;
  readonly rule: Rule;
  readonly makefile: Makefile;
}

function addTo(targets: Map<string, Target>, { name, rule, makefile }: Added): void {
  const stem = rule.targetPattern === null ? '' : stemOf(rule.targetPattern, name);
  if (stem === null) {
    makefile.leave(rule, `${name}: ${rule.targetPattern}`, {
      message: `"${name}" does not fit the pattern "${rule.targetPattern}"`,
      hint: 'make leaves it out, too',
    });
    return;
  }
  const filled = (names: readonly string[]): string[] =>
    rule.targetPattern === null ? [...names] : names.map((word) => withStem(word, stem));
  const target = targets.get(name) ?? emptyTarget(name, rule);
  targets.set(name, target);
  // $< is the first prerequisite of the rule that has the recipe.
  const [first, second] =
    rule.recipe.length > 0
      ? [filled(rule.prerequisites), target.prerequisites]
      : [target.prerequisites, filled(rule.prerequisites)];
  target.prerequisites = [...first, ...second];
  target.orderOnly.push(...filled(rule.orderOnly));
  target.help ??= rule.help;
  if (target.comment === '') target.comment = rule.comment;
  if (rule.recipe.length > 0) takeRecipe(target, { name, rule, makefile }, stem);
}

function takeRecipe(target: Target, { name, rule, makefile }: Added, stem: string): void {
  if (rule.kind === '::') {
    if (target.recipe.length > 0 && target.prerequisites.length > 0)
      makefile.evaluator.report(
        rule,
        `the "::" rules of "${name}" become one task, which runs all of them`,
        'make tasks of their own of them',
      );
    target.recipe = [...target.recipe, ...rule.recipe];
    return;
  }
  if (target.recipe.length > 0)
    makefile.evaluator.report(
      rule,
      `"${name}" has a second recipe, which takes the place of the first`,
      'remove one of them',
    );
  target.recipe = rule.recipe;
  target.stem = stem || suffixStem(name);
  if (rule.kind === '&:') target.outputs = rule.targets;
}

/** Outside of patterns `$*` is the name without an ending that make knows. */
const suffixStem = (name: string): string =>
  /^(.+)\.(?:o|c|cc|C|cpp|p|f|F|m|r|s|S|y|l|a|h|sh|tex|dvi|texi|info|el|out|ln|web|w|ch|mod|sym|def)$/.exec(
    name,
  )?.[1] ?? '';

export const emptyTarget = (name: string, at: Place): Target => ({
  name,
  at: { file: at.file, line: at.line },
  prerequisites: [],
  orderOnly: [],
  recipe: [],
  stem: '',
  outputs: [name],
  comment: '',
  help: null,
});
