import type { Makefile } from './makefile.ts';
import type { Place, Rule } from './model.ts';
import { scopeAt } from './scope.ts';
import { assignmentIn, MODIFIERS, type RuleText, ruleIn } from './statements.ts';
import { words } from './text-functions.ts';

/** A line that looks like a rule, and what stands around it. */
export interface RuleLine {
  readonly code: string;
  /** Behind it. */
  readonly comment: string | null;
  /** The lines of comments above it. */
  readonly above: readonly string[];
  readonly at: Place;
}

/** Takes rules, and variables of targets, into the Makefile. */
export class RuleReader {
  readonly #makefile: Makefile;

  constructor(makefile: Makefile) {
    this.#makefile = makefile;
  }

  /** Returns the rules that the lines with a tab below it belong to; null: to none, and such a line is no recipe. */
  read(line: RuleLine): readonly Rule[] | null {
    const { code, at } = line;
    // Names may come out of one variable: `$(RULE)` with a colon in its value.
    const parsed = ruleIn(code) ?? ruleIn(this.#makefile.evaluator.plainText(code, scopeAt(at)) ?? '');
    if (parsed === null) return this.#noRule(line);
    const targets = this.#names(parsed.targets, at);
    if (targets === null) return this.#unknownNames(line);
    const variable = assignmentIn(parsed.rest.trim().replace(MODIFIERS, ''));
    if (variable === null) return this.#rule(parsed, targets, line);
    this.#makefile.targetVariables.push({ ...variable, ...at, targets, exported: true });
    return null;
  }

  /** A call that comes to nothing is fine. */
  #noRule({ code, at }: RuleLine): null {
    if (this.#makefile.evaluator.expand(code, scopeAt(at)).length > 0)
      this.#makefile.leave(at, code, {
        message: `"${code}" is no rule and no variable`,
        hint: 'look whether it begins with blanks in place of a tab',
      });
    return null;
  }

  #rule(parsed: RuleText, targets: readonly string[], line: RuleLine): readonly Rule[] {
    const { code, comment, above, at } = line;
    const prerequisites = this.#names(parsed.prerequisites, at);
    const orderOnly = this.#names(parsed.orderOnly, at);
    if (prerequisites === null || orderOnly === null) return this.#unknownNames(line);
    const named = targets.filter(
      (name) => !this.#makefile.special(name, { names: prerequisites, at, text: code }),
    );
    if (named.length === 0) return [];
    const rule: Rule = {
      ...at,
      targets: named,
      prerequisites,
      orderOnly,
      targetPattern: parsed.pattern === null ? null : (this.#names(parsed.pattern, at)?.[0] ?? null),
      kind: parsed.kind,
      recipe: parsed.recipe === null ? [] : [{ ...at, text: parsed.recipe }],
      comment: above.join('\n'),
      help: comment?.startsWith('#') ? comment.replace(/^#+/, '').trim() : null,
    };
    this.#makefile.rules.push(rule);
    return [rule];
  }

  #unknownNames({ code, at }: RuleLine): readonly Rule[] {
    this.#makefile.leave(at, code, {
      message: 'the names in this rule are only known when it runs',
      hint: 'write the names out, or let a task with "foreach" and "items_from" take them from another task',
    });
    return [];
  }

  #names(source: string, at: Place): string[] | null {
    const names = this.#makefile.evaluator.plainText(source, scopeAt(at));
    return names === null
      ? null
      : words(names).map((name) => (name === './' ? name : name.replace(/^(?:\.\/)+/, '')));
  }
}
