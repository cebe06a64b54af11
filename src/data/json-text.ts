/** A number as JSON has it. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const INTEGER = /^-?(?:0|[1-9]\d*)$/;

export const isJsonNumber = (text: string): boolean => NUMBER.test(text);
export const isJsonInteger = (text: string): boolean => INTEGER.test(text);

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

/** The same JSON without space between its parts: numbers keep all their digits. The text has to be valid. */
export function compactJson(text: string): string {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
    } else if (isSpace(code)) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return parts.length === 0 ? text : parts.join('') + text.slice(start);
}

/** The index of the quote that ends the string which begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at++;
  }
  return text.length;
}

export type ParsedJson = { readonly value: unknown } | null;

export function tryParseJson(text: string): ParsedJson {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}

/** A value that is set as JSON text. */
export interface JsonMeaning {
  readonly type: 'string' | 'json';
  readonly text: string;
}

/**
 * What valid JSON text is as a value, compact: a string is one like any other, and stays JSON text only where UTF-8 cannot hold it
 * (half a surrogate pair). Otherwise a store that keeps the text would give what history does not.
 */
export function meaningOfJson(text: string): JsonMeaning {
  const compact = compactJson(text);
  if (compact.charCodeAt(0) !== QUOTE) return { type: 'json', text: compact };
  const value = JSON.parse(compact) as string;
  return isWellFormed(value) ? { type: 'string', text: value } : { type: 'json', text: compact };
}

/** Node has it from version 20 on; TypeScript's library for it does not know. */
const isWellFormed = (text: string): boolean => (text as string & { isWellFormed(): boolean }).isWellFormed();
