import { isCollection, isScalar, type Node, visit, type YAMLError } from 'yaml';
import { indentationProblem } from './yaml-indentation.ts';

/** What YAML refused, in words that tell the next step. */
export interface YamlProblem {
  readonly offset: number;
  readonly message: string;
  readonly hint: string;
}

/** Says what an error of the YAML parser means. */
export function explainYaml(error: YAMLError, openings: Openings, text: string): YamlProblem {
  const [offset] = error.pos;
  if (error.code === 'TAB_AS_INDENT')
    return { offset, message: 'YAML does not allow tabs as indentation', hint: 'indent with spaces' };
  if (error.code === 'MULTIPLE_DOCS')
    return {
      offset,
      message: 'the file holds more than one YAML document',
      hint: 'an ottofile is one document: remove the "---"',
    };
  return (
    unclosed(error, openings) ??
    indentationProblem(error, text) ?? {
      offset,
      message: `YAML: ${firstLine(error.message)}`,
      hint: hintOf(error),
    }
  );
}

/** The parser is recursive: nesting that no ottofile needs runs out of stack, which it throws or reports as an error. */
export const TOO_DEEP = {
  message: 'the file is nested too deeply to be read',
  hint: 'an ottofile needs no more than a few levels',
} as const;

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

/** The parser tells where it gave up, often at the end of the file; what helps is where it all began. */
function unclosed({ message, pos }: YAMLError, openings: Openings): YamlProblem | null {
  const [end] = pos;
  const quote = message.startsWith('Missing closing ') ? openings.quotes.get(end) : undefined;
  if (quote !== undefined) {
    const hint = 'close it; inside single quotes a quote is written twice';
    return { offset: quote, message: 'YAML: the quote that opens here is never closed', hint };
  }
  const bracket = /^Flow .* end with a ([}\]])$/.exec(firstLine(message))?.[1];
  const offset = bracket === undefined ? undefined : openings.brackets.get(end);
  if (offset === undefined) return null;
  const problem = `YAML: "${bracket === '}' ? '{' : '['}" opens here and is not closed`;
  return { offset, message: problem, hint: `write the "${bracket}", and indent what stands between` };
}

/** Where what ends at an offset begins. */
export interface Openings {
  readonly quotes: ReadonlyMap<number, number>;
  readonly brackets: ReadonlyMap<number, number>;
}

/** One pass, however many errors there are. Of nested brackets that end together the outermost counts. */
export function openingsOf(root: Node | null): Openings {
  const quotes = new Map<number, number>();
  const brackets = new Map<number, number>();
  visit(root, {
    Node(_key, node) {
      const [start, end] = node.range ?? [];
      if (start === undefined || end === undefined) return;
      if (isScalar(node) && node.type?.startsWith('QUOTE')) quotes.set(end, start);
      if (isCollection(node) && node.flow && !brackets.has(end)) brackets.set(end, start);
    },
  });
  return { quotes, brackets };
}

const BLOCK_BEGINS = 'the text of a block begins on the line after "|" or ">"';

function hintOf({ code, message }: YAMLError): string {
  switch (code) {
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'put a value that holds ": " in quotes, or write it as a block: "bash: |"';
    case 'MULTILINE_IMPLICIT_KEY':
    case 'MISSING_CHAR':
      return 'a key stands on one line and ends with ":"';
    case 'BAD_INDENT':
      return 'indent it exactly like the lines it belongs to';
    case 'BAD_DQ_ESCAPE':
      return 'use single quotes, in which a backslash is just a backslash';
    default:
      return /^Not a YAML token|^Block scalar header/.test(message)
        ? BLOCK_BEGINS
        : 'put the whole value in quotes, or write it as a block: "bash: |"';
  }
}
