import type { Evaluator } from './evaluator.ts';
import type { Place } from './model.ts';
import { scopeAt } from './scope.ts';
import { comparedIn } from './statements.ts';

interface Branch {
  isTaken: boolean;
  /** A branch has been taken, or the whole stands in one that is not. */
  wasTaken: boolean;
}

const WORDS = /^(ifeq|ifneq|ifdef|ifndef|else|endif)(?=[\s("']|$)\s*(.*)$/s;

/** `ifeq` … `endif`, decided while the Makefile is read. */
export class Conditionals {
  readonly #branches: Branch[] = [];
  readonly #evaluator: Evaluator;

  constructor(evaluator: Evaluator) {
    this.#evaluator = evaluator;
  }

  get isSkipping(): boolean {
    return this.#branches.some(({ isTaken }) => !isTaken);
  }

  /** True when the line was one of a conditional. */
  take(line: string, at: Place): boolean {
    const [, word, rest = ''] = WORDS.exec(line.trim()) ?? [];
    if (word === undefined) return false;
    if (word === 'endif') this.#branches.pop();
    else if (word === 'else') this.#else(rest, at);
    else {
      const isTaken = !this.isSkipping && this.#decide(word, rest, at);
      this.#branches.push({ isTaken, wasTaken: this.isSkipping || isTaken });
    }
    return true;
  }

  #else(rest: string, at: Place): void {
    const branch = this.#branches.at(-1);
    if (branch === undefined) return;
    const [, word, condition = ''] = WORDS.exec(rest.trim()) ?? [];
    branch.isTaken = false;
    if (branch.wasTaken || (this.isSkipping && this.#branches.slice(0, -1).some(({ isTaken }) => !isTaken)))
      return;
    branch.isTaken = word === undefined || this.#decide(word, condition, at);
    branch.wasTaken = branch.isTaken;
  }

  #decide(word: string, rest: string, at: Place): boolean {
    const scope = scopeAt(at);
    const isNegative = word === 'ifneq' || word === 'ifndef';
    if (word === 'ifdef' || word === 'ifndef') return this.#isDefined(rest.trim(), at) !== isNegative;
    const compared = comparedIn(rest);
    const [a, b] = (compared ?? ['', '']).map((text) => this.#evaluator.plainText(text, scope));
    if (compared === null || a === null || b === null) {
      this.#evaluator.fail(
        at,
        `"${word} ${rest}" depends on what is only known when it runs; its values are taken to differ`,
        'let a script decide, or "if" of a task',
      );
      return isNegative;
    }
    const isTaken = (a === b) !== isNegative;
    this.#told(`${word} ${rest}`, isTaken, at);
    return isTaken;
  }

  #isDefined(name: string, at: Place): boolean {
    const scope = scopeAt(at);
    const plain = this.#evaluator.plainText(name, scope) ?? '';
    const variable = this.#evaluator.variable(plain, scope);
    const is =
      variable === undefined ? Boolean(this.#evaluator.world.environment[plain]) : variable.chunks.length > 0;
    this.#told(`ifdef ${plain}`, is, at);
    return is;
  }

  #told(what: string, isTrue: boolean, at: Place): void {
    this.#evaluator.report(
      at,
      `"${what}" is decided now: ${isTrue ? 'true' : 'false'}`,
      'convert again where it is decided otherwise, or let a script decide',
    );
  }
}
