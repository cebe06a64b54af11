import { err, ok, type Result } from '../base/result.ts';

/** One value of a JSON list: its compact text, digits as they stand. */
export interface ListValue {
  readonly text: string;
  readonly kind: 'string' | 'scalar' | 'structure';
}

const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[^\s"]/gs;

/** The values of a JSON list one by one; an error when the text is none. JavaScript's numbers would lose digits. */
export function splitJsonList(json: string): Result<readonly ListValue[], 'no-list'> {
  if (!isList(json)) return err('no-list');
  const texts: string[] = [];
  let text = '';
  let depth = 0;
  for (const [token] of json.matchAll(TOKENS)) {
    if (token === ']' || token === '}') depth--;
    const isBetween = depth === 0 || (depth === 1 && token === ',');
    if (isBetween && text !== '') texts.push(text);
    text = isBetween ? '' : text + token;
    if (token === '[' || token === '{') depth++;
  }
  return ok(texts.map((each) => ({ text: each, kind: kindOf(each) })));
}

function isList(json: string): boolean {
  try {
    return Array.isArray(JSON.parse(json));
  } catch {
    return false;
  }
}

function kindOf(text: string): ListValue['kind'] {
  if (text.startsWith('"')) return 'string';
  return text.startsWith('{') || text.startsWith('[') ? 'structure' : 'scalar';
}
