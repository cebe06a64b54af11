import type { Makefile } from './makefile.ts';
import { emptyTarget, type PatternRule, type Sorted, type Target } from './targets.ts';
import { dir, notdir, stemOf, withStem } from './text-functions.ts';

const builtIn = (target: string, prerequisite: string, recipe: string): PatternRule => ({
  targets: [target],
  prerequisites: [prerequisite],
  orderOnly: [],
  recipe: [{ text: recipe, file: '', line: 0 }],
  rule: null,
});

/** Rules that make has of its own, as far as they are usual. */
const BUILT_IN: readonly PatternRule[] = [
  builtIn('%.o', '%.c', '$(COMPILE.c) -o $@ $<'),
  builtIn('%.o', '%.cc', '$(COMPILE.cc) -o $@ $<'),
  builtIn('%.o', '%.cpp', '$(COMPILE.cc) -o $@ $<'),
  builtIn('%', '%.o', '$(LINK.o) $^ $(LOADLIBES) $(LDLIBS) -o $@'),
  builtIn('%', '%.c', '$(LINK.c) $^ $(LOADLIBES) $(LDLIBS) -o $@'),
  builtIn('%', '%.cc', '$(LINK.cc) $^ $(LOADLIBES) $(LDLIBS) -o $@'),
  builtIn('%', '%.cpp', '$(LINK.cc) $^ $(LOADLIBES) $(LDLIBS) -o $@'),
];

const MAX_CHAIN = 4;

/** Gives targets without a recipe, and files that something needs, the rule of a pattern that fits. */
export class ImplicitRules {
  readonly #used = new Set<PatternRule>();
  readonly #targets: Map<string, Target>;
  readonly #patterns: readonly PatternRule[];
  readonly #makefile: Makefile;

  constructor({ targets, patterns }: Sorted, makefile: Makefile) {
    this.#targets = targets;
    this.#patterns = patterns;
    this.#makefile = makefile;
  }

  apply(): void {
    const waiting = [...this.#targets.keys()];
    const seen = new Set(waiting);
    for (let at = 0; at < waiting.length; at++) {
      const name = waiting[at] as string;
      this.#complete(name);
      const target = this.#targets.get(name);
      if (target === undefined) continue;
      target.prerequisites = target.prerequisites.map((file) => this.#found(file));
      for (const needed of [...target.prerequisites, ...target.orderOnly]) {
        if (seen.has(needed)) continue;
        seen.add(needed);
        waiting.push(needed);
      }
    }
    for (const pattern of this.#patterns) if (!this.#used.has(pattern)) this.#unused(pattern);
  }

  #complete(name: string): void {
    const known = this.#targets.get(name);
    if (this.#makefile.phony.has(name) || (known !== undefined && known.recipe.length > 0)) return;
    const found = this.#ruleFor(name, MAX_CHAIN, known);
    if (found === null) return;
    const { pattern, stem } = found;
    this.#used.add(pattern);
    const filled = (names: readonly string[]): string[] => names.map((word) => inDirectory(word, stem));
    const target = known ?? emptyTarget(name, pattern.rule ?? { file: '', line: 0 });
    target.prerequisites = [...new Set([...filled(pattern.prerequisites), ...target.prerequisites])];
    target.orderOnly = [...filled(pattern.orderOnly), ...target.orderOnly];
    target.recipe = pattern.recipe;
    target.stem = stem.directory + stem.stem;
    target.outputs = filled(pattern.targets);
    if (target.comment === '') target.comment = pattern.rule?.comment ?? " make's own rule";
    this.#targets.set(name, target);
    for (const other of target.outputs)
      if (other !== name && !this.#targets.has(other))
        this.#targets.set(other, { ...emptyTarget(other, target.at), prerequisites: [name] });
  }

  /** As with make, files that are there count before files that a chain of rules would make. */
  #ruleFor(name: string, depth: number, known?: Target) {
    return this.#ruleWithin(name, 1, known) ?? (depth > 1 ? this.#ruleWithin(name, depth, known) : null);
  }

  #ruleWithin(name: string, depth: number, known?: Target) {
    const candidates =
      this.#exists(name) && known === undefined ? this.#patterns : [...this.#patterns, ...BUILT_IN];
    for (const pattern of candidates) {
      if (pattern.recipe.length === 0) continue;
      for (const target of pattern.targets) {
        const stem = stemIn(target, name);
        if (stem === null || (target === '%' && pattern.rule !== null && pattern.prerequisites.length === 0))
          continue;
        const needs = pattern.prerequisites.map((word) => inDirectory(word, stem));
        if (needs.every((need) => need !== name && this.#canBeMade(need, depth - 1, known)))
          return { pattern, stem };
      }
    }
    return null;
  }

  #canBeMade(name: string, depth: number, target?: Target): boolean {
    if (this.#targets.has(name) || this.#exists(this.#found(name)) || target?.prerequisites.includes(name))
      return true;
    return depth > 0 && this.#ruleFor(name, depth) !== null;
  }

  /** The file, or the one in a directory of VPATH. */
  #found(name: string): string {
    const { searchPath } = this.#makefile;
    if (searchPath.length === 0 || this.#targets.has(name) || this.#exists(name)) return name;
    return searchPath.map((directory) => `${directory}/${name}`).find((path) => this.#exists(path)) ?? name;
  }

  #exists(name: string): boolean {
    return this.#makefile.evaluator.world.exists(name);
  }

  #unused({ rule }: PatternRule): void {
    if (rule === null || rule.recipe.length === 0) return;
    const [target = '%'] = rule.targets;
    const head = `${rule.targets.join(' ')}: ${rule.prerequisites.join(' ')}`.trim();
    const recipe = rule.recipe.map(({ text }) => `\t${text}`).join('\n');
    this.#makefile.leave(rule, `${head}\n${recipe}`, {
      message: `pattern rule "${head}" cannot be converted: no rule names a file that it could make`,
      hint: `write a task with "foreach: { glob: "${(rule.prerequisites[0] ?? target).replaceAll('%', '*')}" }"`,
    });
  }
}

interface Stem {
  readonly stem: string;
  /** Where the pattern has no `/`, the directory of the name stands before the stem. */
  readonly directory: string;
}

function stemIn(pattern: string, name: string): Stem | null {
  const hasDirectory = name.includes('/') && !pattern.includes('/');
  const stem = stemOf(pattern, hasDirectory ? notdir(name) : name);
  return stem === null || stem === '' ? null : { stem, directory: hasDirectory ? dir(name) : '' };
}

const inDirectory = (pattern: string, { stem, directory }: Stem): string =>
  pattern.includes('%') ? directory + withStem(pattern, stem) : pattern;
