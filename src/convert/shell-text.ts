import type { Piece } from './model.ts';

type Quote = '' | "'" | '"' | '$(' | '`' | '#';

/** Follows the quotes of a shell's text, as far as it takes to know where a `$VAR` would be expanded. */
export class Quotes {
  readonly #open: Quote[] = [];
  #isWordStart = true;

  get current(): Quote {
    return this.#open.at(-1) ?? '';
  }

  /** Calls back for each character that stands outside of quotes and `$(…)`, escaped ones left out. */
  follow(text: string, outside: (character: string, at: number) => void = () => {}): void {
    for (let at = 0; at < text.length; at++) {
      const character = text.charAt(at);
      const quote = this.current;
      if (character === '\\' && quote !== "'" && quote !== '#') {
        at++;
        this.#isWordStart = false;
        continue;
      }
      if (quote === '' && !(character === '$' && text.charAt(at + 1) === '(')) outside(character, at);
      at += this.#step(character, text.charAt(at + 1));
      this.#isWordStart = /[\s;&|()]/.test(character);
    }
  }

  #step(character: string, next: string): number {
    const quote = this.current;
    if (quote === "'" || quote === '#') {
      if (character === (quote === "'" ? "'" : '\n')) this.#open.pop();
      return 0;
    }
    if (character === '"' || character === '`') this.#toggle(character);
    else if (character === '$' && next === '(') {
      this.#open.push('$(');
      return 1;
    } else if (quote !== '"' && character === "'") this.#open.push("'");
    else if (quote === '$(' && character === '(') this.#open.push('$(');
    else if (quote === '$(' && character === ')') this.#open.pop();
    else if (quote !== '"' && character === '#' && this.#isWordStart) this.#open.push('#');
    return 0;
  }

  #toggle(character: '"' | '`'): void {
    if (this.current === character) this.#open.pop();
    else this.#open.push(character);
  }
}

/** The pieces as text for bash: variables and commands so that they are expanded where make would have pasted them. */
export function shellText(pieces: readonly Piece[]): string {
  const quotes = new Quotes();
  let result = '';
  for (const piece of pieces) {
    if (piece.kind === 'text') {
      quotes.follow(piece.text);
      result += piece.text;
      continue;
    }
    const expansion = piece.kind === 'env' ? reference(piece) : `$(${shellText(piece.command)})`;
    result += quotes.current === "'" ? `'"${expansion}"'` : expansion;
  }
  return result;
}

export const reference = ({ name, inherited }: Extract<Piece, { kind: 'env' }>): string =>
  inherited ? `\${${name}:-}` : `\${${name}}`;

export interface LineTraits {
  /** Something that a shell of its own would keep to itself, or that `set -e` would end. */
  readonly needsShell: boolean;
  /** Several commands, of which only the last one's success counts. */
  readonly isSequence: boolean;
  readonly hasComment: boolean;
}

const KEEPS_TO_ITSELF =
  /^\s*(?:(?:cd|pushd|popd|export|exit|set|shopt|unset|exec|trap|ulimit|umask|eval|\.|source|read|shift|return|alias|readonly|declare|typeset|local|if|for|while|until|case|select|function|wait|break|continue|!|\{|\[\[)(?:\s|$)|(?:\w+\+?=\S*\s*)+$|\()/;

export function traitsOf(text: string): LineTraits {
  const quotes = new Quotes();
  let [isSequence, isList] = [false, false];
  let segment = '';
  let needsShell = false;
  const endSegment = (): void => {
    needsShell ||= KEEPS_TO_ITSELF.test(segment);
    segment = '';
  };
  let last = -2;
  let before = '';
  quotes.follow(text, (character, at) => {
    const isSecond = at === last + 1 && character === before;
    if (/[;&|\n]/.test(character)) {
      endSegment();
      if (character === ';' || character === '\n') isSequence = true;
      else if (isSecond) isList = true;
      if (
        character === '&' &&
        !isSecond &&
        text.charAt(at + 1) !== '&' &&
        !/[<>]/.test(text.charAt(at - 1)) &&
        text.charAt(at + 1) !== '>'
      )
        isSequence = true;
    } else segment += character === ' ' || character === '\t' ? ' ' : character;
    [last, before] = [at, character];
  });
  endSegment();
  return {
    needsShell: needsShell || isSequence || isList,
    isSequence,
    hasComment: quotes.current === '#',
  };
}
