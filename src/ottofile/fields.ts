import { isMap, isSeq, type Node } from 'yaml';
import { isNull, offsetOf, textOf } from './document.ts';
import { checkEnv } from './env.ts';
import { entriesOf, itemsOf, type Reading } from './mapping.ts';
import type { EnvDefinition, Located } from './model.ts';
import { quote } from './quote.ts';

/** The value of one key that is being read, and what problems in it are called. */
export interface FieldValue extends Reading {
  readonly key: string;
  readonly node: Node;
}

/** Reads one kind of value. Undefined: it was null, or a problem was reported. */
export type Read<T> = (field: FieldValue) => T | undefined;

export interface TextAt {
  readonly text: string;
  readonly offset: number;
}

/** A script's text together with its node, which tells how its lines lie in the file. */
export interface ScriptAt extends TextAt {
  readonly node: Node;
}

const LONE_SURROGATE = /\p{Surrogate}/u;

export function wrongType(field: FieldValue, expected: string, hint: string): undefined {
  const found = isMap(field.node)
    ? 'a mapping'
    : isSeq(field.node)
      ? 'a list'
      : quote(textOf(field.node) ?? '');
  field.source.error(offsetOf(field.node), `"${field.key}" must be ${expected}, not ${found}`, hint);
  return undefined;
}

/** The text of a scalar that a process can be given: no NUL, and valid Unicode. */
export function usableText(field: FieldValue, node: Node): string | undefined {
  const text = textOf(node);
  if (text === undefined) return undefined;
  if (!text.includes('\0') && !LONE_SURROGATE.test(text)) return text;
  field.source.error(
    offsetOf(node),
    `"${field.key}" holds a character that no program can be given (NUL or half a pair)`,
    'remove the character',
  );
  return undefined;
}

export const readText: Read<TextAt> = (field) => {
  if (textOf(field.node) === undefined) return wrongType(field, 'text', `write "${field.key}: some text"`);
  const text = usableText(field, field.node);
  return text === undefined ? undefined : { text, offset: offsetOf(field.node) };
};

export const readScript: Read<ScriptAt> = (field) => {
  if (textOf(field.node) === undefined) return wrongType(field, 'a script', 'write it as a block: "bash: |"');
  const text = usableText(field, field.node);
  return text === undefined ? undefined : { text, offset: offsetOf(field.node), node: field.node };
};

/** What the items of a list are called in messages. */
interface ListWords {
  readonly items: string;
  readonly item: string;
  /** `null` and `~` are texts here, as `yes` and `1.10` are. */
  readonly nullIsText?: boolean;
}

const EMPTY_ITEM_HINT = 'write it behind the "-", or remove the line; the text itself needs quotes: "null"';

/** A list of texts; a single one stands for a list of one. */
export function readList(
  field: FieldValue,
  { items, item, nullIsText = false }: ListWords,
): readonly TextAt[] | undefined {
  const hint = `write "${field.key}: [one, other]"`;
  if (isMap(field.node)) return wrongType(field, `a list of ${items}`, hint);
  const nodes = isSeq(field.node) ? itemsOf(field, field.node.items) : [field.node];
  return nodes.flatMap((node) => {
    if (isNull(node) && !(nullIsText && textOf(node))) {
      field.source.error(offsetOf(node), `"${field.key}" has an item without a text`, EMPTY_ITEM_HINT);
      return [];
    }
    const text = usableText(field, node);
    if (text !== undefined) return { text, offset: offsetOf(node) };
    if (textOf(node) === undefined)
      field.source.error(
        offsetOf(node),
        `"${field.key}" must be a list of ${items}; this item is not ${item}`,
        hint,
      );
    return [];
  });
}

export const readNames: Read<readonly TextAt[]> = (field) =>
  readList(field, { items: 'task names', item: 'a name' });

/** Longer ones are refused by the library that matches them, and no path is so long. */
export const MAX_GLOB_LENGTH = 65_536;

/** Reports a glob that nothing could be compared with. */
export function tooLongForGlob({ source, key }: FieldValue, { text, offset }: TextAt): boolean {
  if (text.length <= MAX_GLOB_LENGTH) return false;
  source.error(
    offset,
    `"${key}" holds ${text.length} characters; a glob has at most ${MAX_GLOB_LENGTH}`,
    'write several globs',
  );
  return true;
}

/** Paths and patterns, which mean something only when a task is reached. */
export const readPaths: Read<readonly Located[]> = (field) =>
  readList(field, { items: 'paths', item: 'a path' })?.flatMap(({ text, offset }) => {
    if (tooLongForGlob(field, { text, offset })) return [];
    if (text !== '') return { text, at: field.source.place(offset) };
    field.source.error(offset, `"${field.key}" holds an empty path`, 'name a file, or remove the item');
    return [];
  });

export const readCondition: Read<Located> = (field) => {
  const found = readText(field);
  if (found?.text.trim() === '')
    field.source.error(found.offset, `"${field.key}" is empty`, 'write an expression, or remove the key');
  return found && { text: found.text, at: field.source.place(found.offset) };
};

/** One of a few words. */
export const readWord =
  <T extends string>(words: readonly T[]): Read<T> =>
  (field) => {
    const text = textOf(field.node) ?? '';
    const found = words.find((word) => word === text);
    return found ?? wrongType(field, words.join(' or '), 'write one of these words');
  };

export const readEnvs: Read<readonly EnvDefinition[]> = (field) => {
  if (!isMap(field.node))
    return wrongType(field, 'a mapping of names to values', 'write "NAME: value" lines, indented');
  const envs: EnvDefinition[] = [];
  for (const entry of entriesOf(field, field.node).values()) {
    const value = entry.value === null ? '' : textOf(entry.value);
    const at = entry.value === null ? entry.offset : offsetOf(entry.value);
    if (value === undefined)
      field.source.error(
        at,
        `the variable ${quote(entry.key)} must be text, not a list or mapping`,
        'put the value in quotes, or let a task set it with OUTPUT',
      );
    else if (checkEnv(field.source, { name: entry.key, nameAt: entry.offset, value, valueAt: at }))
      envs.push({ name: entry.key, value, at: field.source.place(at) });
  }
  return envs;
};

const EXAMPLE_NUMBER = 'for example 4';

export const readPositiveInteger: Read<number> = (field) => {
  const number = integerOf(field.node);
  return number !== undefined && number > 0
    ? number
    : wrongType(field, 'a whole number above 0', EXAMPLE_NUMBER);
};

export const readCount: Read<number> = (field) =>
  integerOf(field.node) ?? wrongType(field, 'a whole number', EXAMPLE_NUMBER);

const DAYS = /^(\d{1,9})(?: ?(?:d|days?))?$/;

export const readDays: Read<number> = (field) => {
  const match = DAYS.exec(textOf(field.node) ?? '');
  return match ? Number(match[1]) : wrongType(field, 'a number of days', 'for example 30');
};

export const readFlag: Read<boolean> = (field) => {
  const text = textOf(field.node);
  return text === 'true' || text === 'false'
    ? text === 'true'
    : wrongType(field, 'true or false', 'write one of these two words');
};

const SIZE = /^(\d+(?:\.\d+)?) ?(?:([kmgt])(i?)b?|b)?$/i;
const POWERS = ['', 'k', 'm', 'g', 't'];

/** Bytes: a number, or with a unit: KiB, MiB, GiB, TiB (also K, M, G, T) count by 1024; KB, MB, GB, TB by 1000. Null for no such text. */
export function sizeOf(text: string): number | null {
  const match = SIZE.exec(text);
  const [, number, unit = '', i] = match ?? [];
  const base = i || !/b$/i.test(text) ? 1024 : 1000;
  const bytes = Math.floor(Number(number) * base ** POWERS.indexOf(unit.toLowerCase()));
  return match && bytes > 0 && Number.isSafeInteger(bytes) ? bytes : null;
}

export const readSize: Read<number> = (field) =>
  sizeOf(textOf(field.node) ?? '') ??
  wrongType(field, 'a size', 'for example 2GiB, 512 MB, or a number of bytes');

const KNOWN_API = /^v?1(\.\d+)*$/i;

export const readApi: Read<string> = (field) => {
  const text = textOf(field.node);
  if (text === undefined || !/^v?\d+(\.\d+)*$/i.test(text))
    return wrongType(field, 'a version', 'this otto knows "api: 1"');
  if (KNOWN_API.test(text)) return text;
  const message = `the file asks for version ${quote(text)} of the ottofile format; this otto knows version 1`;
  field.source.error(
    offsetOf(field.node),
    message,
    'use a newer otto, or write "api: 1" when the file needs no more',
  );
  return undefined;
};

export function integerOf(node: Node): number | undefined {
  const text = textOf(node);
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
