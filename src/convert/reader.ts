import { assign } from './assign.ts';
import { Conditionals } from './conditionals.ts';
import { Evaluator } from './evaluator.ts';
import { linesOf, splitComment } from './lines.ts';
import { Makefile } from './makefile.ts';
import type { Line, Operator, Place, Reporter, Rule, Surroundings } from './model.ts';
import { RuleReader } from './rule-reader.ts';
import { scopeAt } from './scope.ts';
import { assignmentIn, MODIFIERS } from './statements.ts';
import { words } from './text-functions.ts';
import { text, type Variable } from './variables.ts';

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

/** What otto has nothing for. */
const UNKNOWN = {
  vpath: { message: '"vpath" cannot be converted', hint: 'write the paths of the files out' },
  unexport: {
    message: '"unexport" cannot be converted: scripts see all variables',
    hint: 'use "unset" in the script',
  },
  load: { message: '"load" cannot be converted', hint: 'nothing of otto takes its place' },
} as const;

class Reader {
  readonly evaluator: Evaluator;
  readonly makefile: Makefile;
  readonly #conditionals: Conditionals;
  readonly #rules: RuleReader;
  /** Rules that a line with a tab belongs to; null: to none. */
  #open: readonly Rule[] | null = null;
  #comment: string[] = [];
  #includes = 0;

  constructor(evaluator: Evaluator) {
    this.evaluator = evaluator;
    this.makefile = new Makefile(evaluator);
    this.#conditionals = new Conditionals(evaluator);
    this.#rules = new RuleReader(this.makefile);
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
      assign(this.makefile, assignment, { at, isExported });
    } else if (directive !== '') this.#directive(directive, rest, at);
    else this.#open = this.#rules.read({ code, comment, above: this.#comment, at });
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
      case 'unexport':
      case 'load':
        this.makefile.leave(at, `${directive} ${rest}`, UNKNOWN[directive]);
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
      assign(
        this.makefile,
        { name, operator: (operator.endsWith(':=') ? ':=' : operator) as Operator, value: body.join('\n') },
        { at: { file: first.file, line: first.number }, isExported: false },
      );
    return at;
  }
}
