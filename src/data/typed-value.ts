import { unreachable } from '../base/result.ts';
import type { DeclaredType } from './declared-outputs.ts';
import { compactJson, isJsonInteger, isJsonNumber, meaningOfJson, tryParseJson } from './json-text.ts';

/** A value as its task left it; its text has been read. */
export type Found =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes' }
  /** `text` is valid JSON. */
  | { readonly kind: 'json'; readonly text: string };

/**
 * What a declared type makes of a value: nothing to do, another value in its place, or a refusal, which may tell what the text
 * lacks. Text is converted, whatever language set it: a program has no other way to hand over a number. A value that has a type
 * of its own has to have the declared one.
 */
export type Verdict =
  | { readonly kind: 'fits' }
  | { readonly kind: 'becomes'; readonly type: 'string' | 'bytes' | 'json'; readonly text: string }
  | { readonly kind: 'refused'; readonly why: string | null };

const FITS: Verdict = { kind: 'fits' };
const REFUSED: Verdict = { kind: 'refused', why: null };
const json = (text: string): Verdict => ({ kind: 'becomes', type: 'json', text });
const refused = (why: string): Verdict => ({ kind: 'refused', why });

export function judge(type: DeclaredType, found: Found): Verdict {
  switch (found.kind) {
    case 'bytes':
      return type === 'bytes' ? FITS : REFUSED;
    case 'json':
      if (type === 'float' && isJsonInteger(found.text)) return json(asFloat(found.text));
      return fits(type, found.text) ? FITS : REFUSED;
    case 'text':
      return judgeText(type, found.text);
    default:
      return unreachable(found);
  }
}

function fits(type: DeclaredType, text: string): boolean {
  switch (type) {
    case 'json':
      return true;
    case 'int':
      return isJsonInteger(text);
    case 'float':
      return isJsonNumber(text);
    case 'bool':
      return text === 'true' || text === 'false';
    case 'list':
      return text.startsWith('[');
    case 'string':
      // JSON text that is a string holds what UTF-8 cannot: a surrogate without its other half.
      return text.startsWith('"');
    case 'bytes':
      return false;
    default:
      return unreachable(type);
  }
}

/** Python takes a number for an int by its spelling, and Node writes 2.0 as 2. */
const asFloat = (number: string): string => (isJsonInteger(number) ? `${number}.0` : number);

/** Space around a number is what `wc -l` and `echo` leave. */
function judgeText(type: DeclaredType, text: string): Verdict {
  const trimmed = text.trim();
  switch (type) {
    case 'string':
      return FITS;
    case 'bytes':
      return { kind: 'becomes', type: 'bytes', text };
    case 'int':
      return isJsonInteger(trimmed) ? json(trimmed) : REFUSED;
    case 'float':
      return isJsonNumber(trimmed) ? json(asFloat(trimmed)) : REFUSED;
    case 'bool':
      return trimmed === 'true' || trimmed === 'false'
        ? json(trimmed)
        : refused('it has to be true or false');
    case 'json':
      return tryParseJson(text) === null
        ? refused('it is not JSON text')
        : { kind: 'becomes', ...meaningOfJson(text) };
    case 'list':
      return Array.isArray(tryParseJson(text)?.value)
        ? json(compactJson(text))
        : refused('it is not the JSON text of a list');
    default:
      return unreachable(type);
  }
}

const SHOWN = 60;

/** A value in a message: its beginning, and what it is. */
export function showFound(found: Found): string {
  if (found.kind === 'bytes') return 'bytes';
  const { text } = found;
  const whole = found.kind === 'text' ? JSON.stringify(text.slice(0, SHOWN + 1)) : text;
  const shown = whole.length > SHOWN ? `${whole.slice(0, SHOWN)}…` : whole;
  return `${shown} (${found.kind === 'text' ? 'a string' : kindOfJson(text)})`;
}

function kindOfJson(text: string): string {
  switch (text[0]) {
    case '{':
      return 'a dict';
    case '[':
      return 'a list';
    case '"':
      return 'a string';
    case 't':
    case 'f':
      return 'a bool';
    case 'n':
      return 'null';
    default:
      return isJsonInteger(text) ? 'an int' : 'a float';
  }
}
