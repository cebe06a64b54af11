/** A line that stands too far left or right, which the YAML parser tells in words about keys. */
export interface IndentationProblem {
  readonly offset: number;
  readonly message: string;
  readonly hint: string;
}

/** Codes by which the parser tells what wrong indentation looks like to it. */
const CODES = ['MISSING_CHAR', 'MULTILINE_IMPLICIT_KEY', 'BLOCK_AS_IMPLICIT_KEY'];

interface ParserError {
  readonly code: string;
  readonly pos: readonly [number, number];
}

export function indentationProblem(
  { code, pos: [offset] }: ParserError,
  text: string,
): IndentationProblem | undefined {
  if (!CODES.includes(code)) return undefined;
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return tooFarLeft(text, start) ?? tooFarRight(text, offset, start);
}

const BLOCK = /(?:^|\s|- )(\S+:\s+[|>][-+\d]*)\s*(?:#.*)?$/;

/** `bash: |`, and the first line of the script below it no further in than the key. */
function tooFarLeft(text: string, start: number): IndentationProblem | undefined {
  const above = text.slice(0, start).trimEnd();
  const key = above.slice(above.lastIndexOf('\n') + 1);
  const block = BLOCK.exec(key)?.[1];
  if (block === undefined || indentOf(text.slice(start)) > indentOf(key)) return undefined;
  return {
    offset: start + indentOf(text.slice(start)),
    message: `YAML: this line is not indented further than the "${block}" above it`,
    hint: 'the lines of a text begin two spaces further in than its key',
  };
}

/** A value that ends on its line, and a key below it that is further in. */
function tooFarRight(text: string, offset: number, start: number): IndentationProblem | undefined {
  const end = text.indexOf('\n', offset);
  if (end < 0 || /:(\s|$)/.test(text.slice(offset, end))) return undefined;
  const [blank = ''] = /^\s*/.exec(text.slice(end)) ?? [];
  const next = end + blank.length;
  const nextStart = text.lastIndexOf('\n', next - 1) + 1;
  if (next - nextStart <= indentOf(text.slice(start))) return undefined;
  return {
    offset: next,
    message: 'YAML: this line is indented further than the key above it, which has a value already',
    hint: 'indent it exactly like the lines it belongs to',
  };
}

const indentOf = (line: string): number => /^ */.exec(line)?.[0].length ?? 0;
