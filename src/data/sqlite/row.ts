import { isUtf8 } from 'node:buffer';
import { meaningOfJson, tryParseJson } from '../json-text.ts';
import type { ValueType } from '../value.ts';

/** A value as it stands in `task_data`. */
export interface Row {
  /** Of the value: SQLite's storage class. */
  readonly class: 'null' | 'integer' | 'real' | 'text' | 'blob';
  readonly type: ValueType | null;
  /** Set by otto; otherwise by hand. */
  readonly isOwn: boolean;
}

/** What a value that was set by hand means, or why it means nothing. */
export type Meaning =
  | { readonly kind: 'value'; readonly type: ValueType; readonly data: Buffer }
  | { readonly kind: 'refused'; readonly why: string };

const value = (type: ValueType, data: Buffer): Meaning => ({ kind: 'value', type, data });
const refused = (why: string): Meaning => ({ kind: 'refused', why });

/** `data` is the value as text, or its bytes; of a real number nothing is in it. */
export function meaningOf(row: Row, data: Buffer, real: number): Meaning {
  if (row.isOwn) return value(row.type ?? 'raw', data);
  switch (row.class) {
    case 'null':
      return value('json', Buffer.from('null'));
    case 'integer':
      return value('json', data);
    case 'real':
      return Number.isFinite(real)
        ? value('json', Buffer.from(floatText(real)))
        : refused('it is infinite, which JSON cannot say: set it as text');
    case 'blob':
      return row.type === 'json' ? refused('its type is json, but it is a BLOB') : value('bytes', data);
    default:
      return row.type === 'json' ? valueOfJson(data) : value('raw', data);
  }
}

function valueOfJson(data: Buffer): Meaning {
  if (!isUtf8(data)) return refused('its type is json, but it is not valid UTF-8');
  const text = data.toString();
  if (tryParseJson(text) === null) return refused('its type is json, but it is not JSON text');
  const meaning = meaningOfJson(text);
  return value(meaning.type, Buffer.from(meaning.text));
}

/** The shortest text that is this number, and that is read as a float again. */
function floatText(real: number): string {
  const text = Object.is(real, -0) ? '-0' : String(real);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
