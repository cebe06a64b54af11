/** Deeper nesting than anybody writes. */
const MAX_DEPTH = 100;

const BLANK = ' \t';
/** What ends a word, unless it is quoted. */
const META = ' \t\n;&|()<>';
/** What begins a part that may hold parentheses of its own. */
const QUOTING = '\\\'"$`';
/** Reserved words behind which a command begins. */
const BEFORE_COMMAND = new Set(['if', 'then', 'else', 'elif', 'do', 'while', 'until', '!', '{', 'time', '}']);

/**
 * Where a command substitution ends: the index of the `)` that bash would take for the end of the command that begins at `from`;
 * -1 when there is none. Quotes, nesting, comments, here-documents, `case` and arithmetic are followed as far as they hold or
 * hide parentheses; nothing is checked that bash itself will complain about.
 */
export function commandEnd(text: string, from: number): number {
  const scanner = new ShellScanner(text, from);
  return scanner.list('paren') === 'paren' ? scanner.at : -1;
}

type ListEnd = 'paren' | 'clause' | 'esac' | 'none';

class ShellScanner {
  readonly #text: string;
  #depth = 0;
  /** Delimiters of here-documents that begin on the next line. */
  #documents: { readonly delimiter: string; readonly tabs: boolean }[] = [];

  constructor(
    text: string,
    public at: number,
  ) {
    this.#text = text;
  }

  /**
   * Commands up to the `)` that ends them, or in a clause of `case` up to its `;;` or past the `esac`. With `words` false there
   * are no reserved words: in arrays and patterns.
   */
  list(kind: 'paren' | 'clause', words = true): ListEnd {
    if (++this.#depth > MAX_DEPTH) return 'none';
    const end = this.#list(kind, words);
    this.#depth--;
    return end;
  }

  #list(kind: 'paren' | 'clause', words: boolean): ListEnd {
    let atCommand = words;
    while (this.at < this.#text.length) {
      const character = this.#text.charAt(this.at);
      if (character === ')') return kind === 'paren' ? 'paren' : 'none';
      if (kind === 'clause' && /^;[;&]/.test(this.#text.slice(this.at, this.at + 2))) return 'clause';
      if (META.includes(character) || character === '#') {
        if (!this.#passMeta(character)) return 'none';
        if (words && '\n;&|('.includes(character)) atCommand = true;
        continue;
      }
      const word = this.#word();
      if (word === null) return 'none';
      if (atCommand && word === 'esac' && kind === 'clause') return 'esac';
      if (atCommand && word === 'case' && !this.#case()) return 'none';
      if (atCommand && word === 'function') this.#functionName();
      else atCommand &&= BEFORE_COMMAND.has(word);
    }
    return 'none';
  }

  /** Passes what stands between words; false when something in it has no end. */
  #passMeta(character: string): boolean {
    switch (character) {
      case '#':
        this.#comment();
        return true;
      case '\n':
        this.at++;
        this.#passDocuments();
        return true;
      case '(':
        return this.#parentheses();
      case '<':
      case '>':
        return this.#redirection(character);
      default:
        this.at++;
        return true;
    }
  }

  #comment(): void {
    const end = this.#text.indexOf('\n', this.at);
    this.at = end < 0 ? this.#text.length : end;
  }

  /** `(…)`, or `((…))` when it can be arithmetic. */
  #parentheses(): boolean {
    return (this.#follows('((') && this.#arithmetic(this.at + 2)) || this.#nested(1);
  }

  /** Passes an opening of some characters, a list and its `)`. */
  #nested(opening: number, words = true): boolean {
    this.at += opening;
    if (this.list('paren', words) !== 'paren') return false;
    this.at++;
    return true;
  }

  #redirection(character: string): boolean {
    if (this.#follows('<<<')) this.at += 3;
    else if (this.#follows('<<')) return this.#document();
    else if (this.#follows(`${character}(`)) return this.#nested(2);
    else this.at += /^[<>][&>|]/.test(this.#text.slice(this.at, this.at + 2)) ? 2 : 1;
    return true;
  }

  #document(): boolean {
    this.at += 2;
    const tabs = this.#follows('-');
    if (tabs) this.at++;
    this.#blanks(BLANK);
    const from = this.at;
    if (this.#word() === null) return false;
    const delimiter = this.#text.slice(from, this.at).replace(/\\(.)|["']/gs, '$1');
    this.#documents.push({ delimiter, tabs });
    return true;
  }

  #passDocuments(): void {
    for (const { delimiter, tabs } of this.#documents) {
      let line: string;
      do {
        const end = this.#text.indexOf('\n', this.at);
        line = this.#text.slice(this.at, end < 0 ? undefined : end);
        this.at = end < 0 ? this.#text.length : end + 1;
      } while ((tabs ? line.replace(/^\t+/, '') : line) !== delimiter && this.at < this.#text.length);
    }
    this.#documents = [];
  }

  /** Behind the word `case`: its subject, `in`, and clauses up to `esac`. */
  #case(): boolean {
    this.#gap();
    if (this.#word() === null) return false;
    this.#gap();
    if (this.#word() !== 'in') return false;
    for (;;) {
      this.#gap();
      const from = this.at;
      if (this.#word() === 'esac') return true;
      this.at = from;
      if (!this.#pattern()) return false;
      const end = this.list('clause');
      if (end === 'esac') return true;
      if (end !== 'clause') return false;
      this.at += this.#follows(';;&') ? 3 : 2;
    }
  }

  /** `a|b)` or `(a|b)`, to behind its `)`. */
  #pattern(): boolean {
    if (this.#follows('(')) this.at++;
    while (this.at < this.#text.length) {
      if (this.#follows(')')) {
        this.at++;
        return true;
      }
      if (`${BLANK}\n|`.includes(this.#text.charAt(this.at))) this.at++;
      else if (META.includes(this.#text.charAt(this.at)) || this.#word() === null) return false;
    }
    return false;
  }

  #functionName(): void {
    this.#gap();
    this.#word();
  }

  /** White space, line ends and comments. */
  #gap(): void {
    for (this.#blanks(`${BLANK}\n`); this.#follows('#'); this.#blanks(`${BLANK}\n`)) this.#comment();
  }

  #blanks(characters: string): void {
    while (this.at < this.#text.length && characters.includes(this.#text.charAt(this.at))) this.at++;
  }

  /** Passes one word. Its text when nothing in it is quoted or expanded, else an empty one; null when it has no end. */
  #word(): string | null {
    const from = this.at;
    let plain = true;
    while (this.at < this.#text.length) {
      const character = this.#text.charAt(this.at);
      if (character === '(' && this.at > from && '=@?*+!'.includes(this.#text.charAt(this.at - 1))) {
        if (!this.#nested(1, false)) return null;
        plain = false;
      } else if (META.includes(character)) break;
      else if (QUOTING.includes(character)) {
        if (!this.#quoted(character, false)) return null;
        plain = false;
      } else this.at++;
    }
    return plain ? this.#text.slice(from, this.at) : '';
  }

  /** Passes what begins with a quote, a backslash or a `$`; false when it has no end. */
  #quoted(character: string, inDouble: boolean): boolean {
    switch (character) {
      case '\\':
        this.at += 2;
        return true;
      case "'":
        return this.#upTo("'", '');
      case '`':
        return this.#upTo('`', '\\');
      case '"':
        return this.#double();
      default:
        return this.#dollar(inDouble);
    }
  }

  /** From an opening character to behind its closing one; `hiding` hides the character that follows it. */
  #upTo(closing: string, hiding: string): boolean {
    for (this.at++; this.at < this.#text.length; this.at++) {
      const character = this.#text.charAt(this.at);
      if (character === closing) {
        this.at++;
        return true;
      }
      if (character === hiding) this.at++;
    }
    return false;
  }

  #double(): boolean {
    this.at++;
    while (this.at < this.#text.length) {
      const character = this.#text.charAt(this.at);
      if (character === '"') {
        this.at++;
        return true;
      }
      if (!'\\$`'.includes(character)) this.at++;
      else if (!this.#quoted(character, true)) return false;
    }
    return false;
  }

  #dollar(inDouble: boolean): boolean {
    if (this.#follows('$((') && this.#arithmetic(this.at + 3)) return true;
    if (this.#follows('$(')) return this.#nested(2);
    if (this.#follows('${')) return this.#braces();
    this.at++;
    return inDouble || !this.#follows("'") || this.#upTo("'", '\\');
  }

  /** `${…}`. bash lets a single quote quote here even inside of double ones. */
  #braces(): boolean {
    if (++this.#depth > MAX_DEPTH) return false;
    for (this.at += 2; this.at < this.#text.length; ) {
      const character = this.#text.charAt(this.at);
      if (character === '}') {
        this.at++;
        this.#depth--;
        return true;
      }
      if (!QUOTING.includes(character)) this.at++;
      else if (!this.#quoted(character, false)) return false;
    }
    return false;
  }

  /** Passes arithmetic up to behind its `))`; where it turns out to be none, nothing is passed. */
  #arithmetic(from: number): boolean {
    const before = { at: this.at, depth: this.#depth };
    let open = 0;
    for (this.at = from; this.at < this.#text.length; ) {
      const character = this.#text.charAt(this.at);
      if (character === ')' && open === 0) {
        if (!this.#follows('))')) break;
        this.at += 2;
        return true;
      }
      if (character === '(') open++;
      if (character === ')') open--;
      if (!QUOTING.includes(character)) this.at++;
      else if (!this.#quoted(character, false)) break;
    }
    this.at = before.at;
    this.#depth = before.depth;
    return false;
  }

  #follows(text: string): boolean {
    return this.#text.startsWith(text, this.at);
  }
}
