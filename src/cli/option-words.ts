import { parseArgs } from 'node:util';
import type { ParamDefinition } from '../ottofile/model.ts';

/** An option that a word holds: `-abc` holds up to three. */
export interface OptionInWord {
  /** With its dashes. */
  readonly spelling: string;
  /** Undefined for an option that the task does not declare. */
  readonly param: ParamDefinition | undefined;
  /** What the word itself gives: `--k=v`, `-kv`, `-k=v`. */
  readonly value: string | undefined;
}

const NEGATIVE_NUMBER = /^-(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Tells the options of one task from values, and takes words with options apart. */
export class OptionWords {
  readonly #bySpelling = new Map<string, ParamDefinition>();
  /** For parseArgs, which has to know letters and which of them take values. Long names are looked up by their spelling. */
  readonly #letters: Record<string, { readonly type: 'string' | 'boolean'; readonly short: string }> = {};

  constructor(params: readonly ParamDefinition[]) {
    for (const param of params) {
      const { kind, short, long } = param;
      if (long !== null) this.#bySpelling.set(`--${long}`, param);
      if (short === null) continue;
      this.#bySpelling.set(`-${short}`, param);
      this.#letters[`-${short}`] = { type: kind === 'flag' ? 'boolean' : 'string', short };
    }
  }

  /** Whether a word is read as options where both options and values may stand. `-` and `-5` are values. */
  isOption(word: string): boolean {
    if (word.length < 2 || !word.startsWith('-')) return false;
    return !NEGATIVE_NUMBER.test(word) || this.#bySpelling.has(word.slice(0, 2));
  }

  /** The options in a word that is no value and not `--`. */
  read(word: string): readonly OptionInWord[] {
    // parseArgs takes the `=` for a part of the value, or of a group of letters.
    const letter = word.slice(0, 2);
    if (word[2] === '=' && this.#bySpelling.has(letter)) return [this.#option(letter, word.slice(3))];
    const parsing = { args: [word], options: this.#letters, strict: false, tokens: true } as const;
    return parseArgs(parsing).tokens.flatMap((token) =>
      token.kind === 'option' ? this.#option(token.rawName, token.value) : [],
    );
  }

  #option(spelling: string, value: string | undefined): OptionInWord {
    return { spelling, param: this.#bySpelling.get(spelling), value };
  }
}
