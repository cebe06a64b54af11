import { err, ok, type Result } from '../base/result.ts';
import { commandEnd } from './command-end.ts';

/** A piece of a variable's value. What a result holds is never looked at again: it is text. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  /** `$X`, `${X}`, `${X:-fallback}`: the fallback stands for a variable that is unset or empty. */
  | {
      readonly kind: 'variable';
      readonly name: string;
      readonly offset: number;
      readonly fallback: readonly Part[] | null;
    }
  /** `$(command)` */
  | { readonly kind: 'command'; readonly command: string; readonly offset: number };

export interface ExpansionProblem {
  /** Of the character in the value that it is about. */
  readonly offset: number;
  readonly message: string;
  readonly hint: string;
}

/** Deeper nesting than anybody writes. */
const MAX_DEPTH = 50;
const NAME = /[A-Za-z_]\w*/y;
const DOLLAR_HINT = 'a "$" that is meant as it stands is written "$$" or "\\$"';

/** True when the value is its own text: then there is nothing to parse. */
export const isLiteral = (value: string): boolean => !value.includes('$');

/**
 * The grammar of values. `$$` and `\$` give a `$`; one that begins nothing (`$5`, `$ `, at the end) stays. Backslashes are
 * themselves but in front of a `$`, where two give one.
 */
export function parseValue(value: string): Result<readonly Part[], ExpansionProblem> {
  if (isLiteral(value)) return ok(value === '' ? [] : [{ kind: 'text', text: value }]);
  try {
    return ok(new ValueParser(value).parts());
  } catch (error) {
    if (error instanceof Misspelled) return err(error.problem);
    throw error;
  }
}

class Misspelled extends Error {
  constructor(readonly problem: ExpansionProblem) {
    super(problem.message);
  }
}

class ValueParser {
  readonly #value: string;
  #at = 0;
  #depth = 0;

  constructor(value: string) {
    this.#value = value;
  }

  /** Up to the value's end; in a fallback up to the `}` that ends it, where braces inside of it count. */
  parts(inFallback = false): Part[] {
    const parts: Part[] = [];
    let text = '';
    let braces = 0;
    while (this.#at < this.#value.length) {
      const character = this.#value.charAt(this.#at);
      if (inFallback && character === '}' && braces-- === 0) break;
      if (inFallback && character === '{') braces++;
      const part = character === '$' ? this.#expansion() : this.#plain(character, inFallback);
      if (typeof part === 'string') {
        text += part;
        continue;
      }
      if (text !== '') parts.push({ kind: 'text', text });
      text = '';
      parts.push(part);
    }
    return text === '' ? parts : [...parts, { kind: 'text', text }];
  }

  /** Text up to what may mean something. */
  #plain(character: string, inFallback: boolean): string {
    if (character === '\\') return this.#backslashes(inFallback ? '${}' : '$');
    const end = /[$\\{}]/g;
    end.lastIndex = this.#at + 1;
    const from = this.#at;
    this.#at = end.exec(this.#value)?.index ?? this.#value.length;
    return this.#value.slice(from, this.#at);
  }

  #backslashes(special: string): string {
    const run = /\\*/y;
    run.lastIndex = this.#at;
    const count = run.exec(this.#value)?.[0].length ?? 0;
    this.#at += count;
    const next = this.#value.charAt(this.#at);
    if (next === '' || !special.includes(next)) return '\\'.repeat(count);
    if (count % 2 === 1) this.#at++;
    return '\\'.repeat(count >> 1) + (count % 2 === 1 ? next : '');
  }

  #expansion(): Part | string {
    const offset = this.#at;
    const next = this.#value.charAt(offset + 1);
    if (next === '(') return this.#command(offset);
    if (next === '{') return this.#braces(offset);
    const name = this.#name(offset + 1);
    if (name !== '') return { kind: 'variable', name, offset, fallback: null };
    this.#at = offset + (next === '$' ? 2 : 1);
    return '$';
  }

  /** The name at this place, which is passed; empty when there is none. */
  #name(from: number): string {
    NAME.lastIndex = from;
    const name = NAME.exec(this.#value)?.[0] ?? '';
    if (name !== '') this.#at = from + name.length;
    return name;
  }

  #command(offset: number): Part | string {
    const end = commandEnd(this.#value, offset + 2);
    if (end < 0)
      throw this.#problem(
        offset,
        'this "$(" has no ")" that ends it',
        'a ")" in quotes or a comment ends none',
      );
    const command = this.#value.slice(offset + 2, end);
    if (this.#value[offset + 2] === '(' && commandEnd(this.#value, offset + 3) === end - 1)
      throw this.#problem(
        offset,
        '"$((…))" is not calculated in a value',
        'write $(echo $((1 + 2))), or for a subshell $( (command) )',
      );
    this.#at = end + 1;
    return command.trim() === '' ? '' : { kind: 'command', command, offset };
  }

  #braces(offset: number): Part {
    const name = this.#name(offset + 2);
    if (name === '') throw this.#unknownForm(offset);
    if (this.#value[this.#at] === '}') {
      this.#at++;
      return { kind: 'variable', name, offset, fallback: null };
    }
    if (this.#at >= this.#value.length) throw this.#unclosed(offset);
    if (!this.#value.startsWith(':-', this.#at)) throw this.#unknownForm(offset);
    this.#at += 2;
    if (++this.#depth > MAX_DEPTH)
      throw this.#problem(
        offset,
        `values are nested more than ${MAX_DEPTH} deep`,
        'make variables of the parts',
      );
    const fallback = this.parts(true);
    this.#depth--;
    if (this.#at >= this.#value.length) throw this.#unclosed(offset);
    this.#at++;
    return { kind: 'variable', name, offset, fallback };
  }

  #unknownForm(offset: number): Misspelled {
    const shown = this.#value.slice(offset, offset + 20).split('\n')[0];
    const message = `${JSON.stringify(shown)} is no form of a variable that otto knows`;
    return this.#problem(offset, message, `there are $X, \${X} and \${X:-default}; ${DOLLAR_HINT}`);
  }

  #unclosed(offset: number): Misspelled {
    return this.#problem(offset, 'this "${" has no "}" that ends it', DOLLAR_HINT);
  }

  #problem(offset: number, message: string, hint: string): Misspelled {
    return new Misspelled({ offset, message, hint });
  }
}

const MENTION = /\$\{?[!#]?([A-Za-z_]\w*)/g;

/** The variables that a command mentions, as far as its text tells: also those that its own quotes hide from bash. */
export function mentionsOf(command: string): ReadonlySet<string> {
  return new Set([...command.matchAll(MENTION)].map(([, name = '']) => name));
}
