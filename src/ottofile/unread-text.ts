import type { Language } from './model.ts';

/** Whether a character of a script may be part of code that is run: false in comments, and in texts that are only texts. */
export type IsCode = (index: number) => boolean;

/**
 * Tells code from comments and texts. Only as good as it must be for telling that a name is no reference: where that is
 * hard to know (a quote in a regular expression) it finds its way again at the end of the line.
 */
export function codeOf(text: string, language: Language): IsCode {
  const unread = language === 'bash' ? bashSpans(text) : spansOf(text, TOKENS[language]);
  return (index) => !unread.some(([start, end]) => start <= index && index < end);
}

/** From the first character to the one behind the last. */
type Span = readonly [start: number, end: number];

const DOUBLE = String.raw`"(?:\\.|[^"\\\n])*"`;
const SINGLE = String.raw`'(?:\\.|[^'\\\n])*'`;
const LONG = `""".*?(?:"""|$)|'''.*?(?:'''|$)`;

/** What is `unread` is no code. The rest is taken whole, so that what looks like a quote in it is none: f-strings, templates, patterns. */
const TOKENS: Readonly<Partial<Record<Language, RegExp>>> = {
  python: new RegExp(
    String.raw`\b[rR]?[fF][rR]?(?:${LONG}|${DOUBLE}|${SINGLE})|(?<unread>#[^\n]*|${LONG}|${DOUBLE}|${SINGLE})`,
    'gs',
  ),
  node: new RegExp(
    String.raw`(?<unread>//[^\n]*|/\*.*?(?:\*/|$)|${DOUBLE}|${SINGLE})|(?<=[(,=:[!&|?{};\n]\s*)/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+/`,
    'gs',
  ),
};

function spansOf(text: string, token: RegExp | undefined): Span[] {
  if (token === undefined) return [[0, text.length]];
  return [...text.matchAll(token)].flatMap(({ index, groups }) =>
    groups?.unread === undefined ? [] : [[index, index + groups.unread.length] as const],
  );
}

const BASH_TOKEN =
  /\\.|\$'(?:\\.|[^'\\])*'|(?<open>\$\()|(?<close>\))|(?<double>")|(?<unread>'[^']*'|(?<![^\s;&|()])#[^\n]*)|(?<!<)<<-?[ \t]*(?<quote>['"\\]?)(?<delimiter>[A-Za-z_]\w*)|(?<newline>\n)/gs;

/** Single quotes and comments, but where double quotes are open; and here-documents whose delimiter is quoted. */
function bashSpans(text: string): Span[] {
  const spans: Span[] = [];
  const token = new RegExp(BASH_TOKEN);
  /** Whether double quotes are open: at the top, and in each `$(`. */
  const quotes = [false];
  const documents: DocumentBegin[] = [];
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const { open, close, double, unread, quote = '', delimiter, newline } = match.groups ?? {};
    const isQuoted = quotes.at(-1) === true;
    if (double !== undefined) quotes[quotes.length - 1] = !isQuoted;
    else if (open !== undefined) quotes.push(false);
    else if (close !== undefined && quotes.length > 1 && !isQuoted) quotes.pop();
    else if (unread !== undefined && isQuoted) token.lastIndex = match.index + 1;
    else if (unread !== undefined) spans.push([match.index, token.lastIndex]);
    else if (delimiter !== undefined && !isQuoted) documents.push({ delimiter, isLiteral: quote !== '' });
    else if (newline !== undefined)
      token.lastIndex = skipDocuments(text, token.lastIndex, { documents, spans });
  }
  return spans;
}

interface DocumentBegin {
  readonly delimiter: string;
  readonly isLiteral: boolean;
}

interface Documents {
  readonly documents: DocumentBegin[];
  readonly spans: Span[];
}

/** Where the code goes on behind the here-documents that begin at a line. What has no end is none (`$((1 << bits))`). */
function skipDocuments(text: string, from: number, { documents, spans }: Documents): number {
  let at = from;
  for (const { delimiter, isLiteral } of documents.splice(0)) {
    const end = new RegExp(`^\\t*${delimiter}$`, 'm');
    const found = end.exec(text.slice(at));
    if (found === null) continue;
    const stop = at + found.index + found[0].length;
    if (isLiteral) spans.push([at, stop]);
    at = stop;
  }
  return at;
}
