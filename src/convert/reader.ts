import { Conditionals } from './conditionals.ts';
import { Evaluator } from './evaluator.ts';
import { linesOf, splitComment } from './lines.ts';
import { Makefile } from './makefile.ts';
import type { Line, Operator, Place, Reporter, Rule, Surroundings } from './model.ts';
import { scopeAt } from './scope.ts';
import { type AssignmentText, assignmentIn, type RuleText, ruleIn } from './statements.ts';
import { words } from './text-functions.ts';
import { type Chunk, text, type Variable } from './variables.ts';

const MODIFIERS = /^(?:(override|private|export)\s+)+/;
const MAX_INCLUDES = 50;

/** Reads a Makefile and what it includes. */
export function readMakefile(
  source: string,
  file: string,
  world: Surroundings & { readonly report: Reporter },
): Makefile {
  const reader = new Reader(new Evaluator(world, world.report));
  reader.evaluator.table.set('MAKEFILE_LIST', constant('MAKEFILE_LIST', file));
  reader.read(source, file);
  reader.evaluator.changing.clear();
  return reader.makefile;
}

const constant = (name: string, value: string): Variable => ({
  name,
  at: { file: '', line: 0 },
  chunks: [{ pieces: text(value) }],
  optional: false,
  predefined: true,
  simple: true,
});

class Reader {
  readonly evaluator: Evaluator;
  readonly makefile: Makefile;
  readonly #conditionals: Conditionals;
  /** Rules that a line with a tab belongs to; null: to none. */
  #open: readonly Rule[] | null = null;
  #comment: string[] = [];
  #includes = 0;

  constructor(evaluator: Evaluator) {
    this.evaluator = evaluator;
    this.makefile = new Makefile(evaluator);
    this.#conditionals = new Conditionals(evaluator);
  }

  read(source: string, file: string): void {
    const lines = linesOf(source, file);
    for (const { text: line } of lines) {
      const name = assignmentIn(line.trim().replace(MODIFIERS, ''))?.name;
      if (name !== undefined) this.evaluator.changing.set(name, (this.evaluator.changing.get(name) ?? 0) + 1);
    }
    for (let at = 0; at < lines.length; at++) {
      const line = lines[at] as Line;
      if (/^\s*(?:(?:override|export)\s+)*define(?=\s)/.test(line.text)) at = this.#define(lines, at);
      else this.#line(line);
    }
  }

  #line(line: Line): void {
    const at: Place = { file: line.file, line: line.number };
    if (this.#conditionals.take(splitComment(line.text)[0], at) || this.#conditionals.isSkipping) return;
    if (line.isRecipe && this.#open !== null) {
      for (const rule of this.#open) rule.recipe.push({ ...at, text: line.text });
      return;
    }
    const [code, comment] = splitComment(line.text);
    if (code.trim() === '') {
      this.#comment = comment === null ? [] : [...this.#comment, comment];
      return;
    }
    this.#statement(code.trim(), comment, at);
    this.#comment = [];
  }

  #statement(code: string, comment: string | null, at: Place): void {
    const isExported = /^(?:override\s+|private\s+)*export\s/.test(code);
    const plain = code.replace(MODIFIERS, '');
    const assignment = assignmentIn(plain);
    const [, directive = '', rest = ''] =
      /^(-?include|sinclude|export|unexport|undefine|vpath|load)(?:\s+(.*))?$/s.exec(code) ?? [];
    if (assignment !== null) {
      this.#open = null;
      this.#assign(assignment, isExported, at);
    } else if (directive !== '') this.#directive(directive, rest, at);
    else this.#rule(code, comment, at);
  }

  #directive(directive: string, rest: string, at: Place): void {
    this.#open = null;
    const names = words(this.evaluator.plainText(rest, scopeAt(at)) ?? '');
    switch (directive) {
      case 'export':
        for (const name of names) this.makefile.exported.add(name);
        return;
      case 'undefine':
        for (const name of names) this.evaluator.table.delete(name);
        return;
      case 'vpath':
        this.makefile.leave(at, `vpath ${rest}`, {
          message: '"vpath" cannot be converted',
          hint: 'write the paths of the files out',
        });
        return;
      case 'unexport':
        this.makefile.leave(at, `unexport ${rest}`, {
          message: '"unexport" cannot be converted: scripts see all variables',
          hint: 'use "unset" in the script',
        });
        return;
      case 'load':
        this.makefile.leave(at, `load ${rest}`, {
          message: '"load" cannot be converted',
          hint: 'nothing of otto takes its place',
        });
        return;
      default:
        this.#include(names, directive, { at, rest });
    }
  }

  #include(
    names: readonly string[],
    directive: string,
    { at, rest }: { readonly at: Place; readonly rest: string },
  ): void {
    if (names.some((name) => /\.(?:d|dep|P)$/.test(name)) || /\.d\b/.test(rest)) {
      this.makefile.leave(at, `${directive} ${rest}`, {
        message: 'dependencies that a compiler writes are not read',
        hint: 'add the headers to "input" of the tasks, e.g. "**/*.h"',
      });
      return;
    }
    for (const name of names.flatMap((pattern) =>
      /[*?[]/.test(pattern) ? this.evaluator.world.glob(pattern) : [pattern],
    )) {
      const source = this.#includes++ < MAX_INCLUDES ? this.evaluator.world.read(name) : null;
      if (source !== null) this.read(source, name);
      else if (directive === 'include')
        this.makefile.leave(at, `include ${name}`, {
          message: `the included file "${name}" cannot be read`,
          hint: 'convert it on its own, and use "include" of the ottofile',
        });
    }
  }

  #define(lines: readonly Line[], from: number): number {
    const first = lines[from] as Line;
    const [, name = '', operator = '='] = /define\s+(\S+)\s*([:?+]*=)?\s*$/.exec(first.text) ?? [];
    const body: string[] = [];
    let at = from + 1;
    for (let depth = 1; at < lines.length; at++) {
      const { text: line, isRecipe } = lines[at] as Line;
      if (/^\s*define\s/.test(line)) depth++;
      if (/^\s*endef\b/.test(line) && --depth === 0) break;
      body.push(isRecipe ? `\t${line}` : line);
    }
    if (!this.#conditionals.isSkipping && name !== '')
      this.#assign(
        { name, operator: (operator.endsWith(':=') ? ':=' : operator) as Operator, value: body.join('\n') },
        false,
        { file: first.file, line: first.number },
      );
    return at;
  }

  #assign(assignment: AssignmentText, isExported: boolean, at: Place): void {
    const name = this.evaluator.plainText(assignment.name, scopeAt(at)) ?? '';
    const left = (this.evaluator.changing.get(assignment.name) ?? 1) - 1;
    if (name !== '') assignTo(this.evaluator, { ...assignment, name }, at);
    if (left > 0) this.evaluator.changing.set(assignment.name, left);
    else this.evaluator.changing.delete(assignment.name);
    if (isExported) this.makefile.exported.add(name);
    if (name === 'VPATH')
      this.makefile.searchPath.push(
        ...words((this.evaluator.plainText('$(VPATH)', scopeAt(at)) ?? '').replaceAll(':', ' ')),
      );
  }

  #rule(code: string, comment: string | null, at: Place): void {
    // Names may come out of one variable: `$(RULE)` with a colon in its value.
    const parsed = ruleIn(code) ?? ruleIn(this.evaluator.plainText(code, scopeAt(at)) ?? '');
    this.#open = null;
    if (parsed === null) {
      if (this.evaluator.expand(code, scopeAt(at)).length > 0)
        this.makefile.leave(at, code, {
          message: `"${code}" is no rule and no variable`,
          hint: 'look whether it begins with blanks in place of a tab',
        });
      return;
    }
    const targets = this.#names(parsed.targets, at);
    if (targets === null) {
      this.#unknownNames(code, at);
      return;
    }
    const variable = assignmentIn(parsed.rest.trim().replace(MODIFIERS, ''));
    if (variable !== null) {
      this.makefile.targetVariables.push({ ...variable, ...at, targets, exported: true });
      return;
    }
    this.#add(parsed, { targets, comment, at, code });
  }

  #add(
    parsed: RuleText,
    {
      targets,
      comment,
      at,
      code,
    }: {
      readonly targets: string[];
      readonly comment: string | null;
      readonly at: Place;
      readonly code: string;
    },
  ): void {
    const prerequisites = this.#names(parsed.prerequisites, at);
    const orderOnly = this.#names(parsed.orderOnly, at);
    if (prerequisites === null || orderOnly === null) {
      this.#unknownNames(code, at);
      this.#open = [];
      return;
    }
    const named = targets.filter(
      (name) => !this.makefile.special(name, { names: prerequisites, at, text: code }),
    );
    const rule: Rule = {
      ...at,
      targets: named,
      prerequisites,
      orderOnly,
      targetPattern: parsed.pattern === null ? null : (this.#names(parsed.pattern, at)?.[0] ?? null),
      kind: parsed.kind,
      recipe: parsed.recipe === null ? [] : [{ ...at, text: parsed.recipe }],
      comment: this.#comment.join('\n'),
      help: comment?.startsWith('#') ? comment.replace(/^#+/, '').trim() : null,
    };
    this.#open = named.length === 0 ? [] : [rule];
    if (named.length > 0) this.makefile.rules.push(rule);
  }

  #unknownNames(code: string, at: Place): void {
    this.#open = [];
    this.makefile.leave(at, code, {
      message: 'the names in this rule are only known when it runs',
      hint: 'write the names out, or let a task with "foreach" and "items_from" take them from another task',
    });
  }

  #names(source: string, at: Place): string[] | null {
    const names = this.evaluator.plainText(source, scopeAt(at));
    return names === null
      ? null
      : words(names).map((name) => (name === './' ? name : name.replace(/^(?:\.\/)+/, '')));
  }
}

/** What an assignment makes of the variable that was there. */
export function assignTo(evaluator: Evaluator, { name, operator, value }: AssignmentText, at: Place): void {
  const old = evaluator.table.get(name);
  if (operator === '?=' && old !== undefined) return;
  const scope = scopeAt(at);
  const now = (): Chunk => ({ pieces: evaluator.expand(value, scope) });
  const fresh = { name, at, predefined: false, optional: operator === '?=', simple: operator === ':=' };
  if (operator === '+=') {
    const before: readonly Chunk[] = old?.chunks ?? [{ pieces: [{ kind: 'env', name, inherited: true }] }];
    const added: Chunk = old?.simple ? now() : { raw: value };
    evaluator.table.set(name, {
      ...(old ?? fresh),
      at,
      predefined: false,
      chunks: [...before, { raw: ' ' }, added],
    });
  } else if (operator === '!=')
    evaluator.table.set(name, { ...fresh, chunks: [{ raw: `$(shell ${value})` }] });
  else
    evaluator.table.set(name, {
      ...fresh,
      chunks: value === '' ? [] : [operator === ':=' ? now() : { raw: value }],
    });
}
