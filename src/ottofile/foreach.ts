import { isMap } from 'yaml';
import { isNull, offsetOf, textOf } from './document.ts';
import {
  type FieldValue,
  type Read,
  readFlag,
  readList,
  readPositiveInteger,
  readText,
  type TextAt,
  tooLongForGlob,
  wrongType,
} from './fields.ts';
import { FLAG, key, POSITIVE, type Section, sectionJson, TEXT, TEXTS } from './key.ts';
import { entriesOf } from './mapping.ts';
import type { ForeachDefinition, ForeachSource } from './model.ts';
import { quote } from './quote.ts';
import { readSection } from './section.ts';
import { variableProblem } from './variable-names.ts';

/** A `foreach` whose `items_from` has not been split into task and key. */
export interface DraftForeach extends Omit<ForeachDefinition, 'source'> {
  readonly offset: number;
  readonly asAt: number;
  readonly source: KnownSource | FromTask;
}

type KnownSource = Exclude<ForeachSource, { kind: 'items_from' }>;
type FromTask = { readonly kind: 'items_from' } & TextAt;

const readItems: Read<readonly TextAt[]> = (field) =>
  readList(field, { items: 'texts', item: 'a text', nullIsText: true });

const RANGE = /^(-?\d{1,15})(?:\.\.(-?\d{1,15})|-(\d{1,15}))$/;

/** `1..10`, `10..1`, `01-12`. */
const readRange: Read<KnownSource> = (field) => {
  const match = RANGE.exec((textOf(field.node) ?? '').replaceAll(' ', ''));
  const [, first = '', dotted, dashed] = match ?? [];
  const last = dotted ?? dashed;
  if (last === undefined) return wrongType(field, 'a range', 'for example 1..10');
  const width = Math.max(...[first, last].map((number) => number.replace('-', '').length));
  return { kind: 'range', from: Number(first), to: Number(last), width };
};

const RANGE_JSON = { type: 'string', pattern: RANGE.source };

const FOREACH_SECTION = {
  items: key(readItems, TEXTS, 'the items'),
  glob: key(readText, TEXT, 'files, by a pattern that is relative to the directory of the ottofile'),
  range: key(readRange, RANGE_JSON, 'whole numbers, both ends included: 1..10'),
  items_from: key(readText, TEXT, 'task.key: the list that a dependency sets'),
  as: key(readText, TEXT, 'the variable with the item; "item" when not given'),
  parallel: key(readFlag, FLAG, 'false: one item after the other'),
  max_items: key(readPositiveInteger, POSITIVE, 'more items than this are an error; 1000 when not given'),
} satisfies Section;

const SOURCES = ['items', 'glob', 'range', 'items_from'] as const;

export const FOREACH_JSON = {
  ...sectionJson(FOREACH_SECTION),
  oneOf: SOURCES.map((source) => ({ required: [source] })),
};

const DEFAULT_MAX_ITEMS = 1000;

export const readForeach: Read<DraftForeach> = (field) => {
  const { source } = field;
  if (!isMap(field.node)) return wrongType(field, 'a mapping', exampleFor(textOf(field.node)));
  const entries = entriesOf(field, field.node);
  const values = readSection({ ...field, owner: '"foreach"' }, entries, FOREACH_SECTION);
  const given = SOURCES.filter((name) => isGiven(entries.get(name)?.value ?? null));
  const [chosenKey, ...others] = given;
  if (chosenKey === undefined || others.length > 0) return wrongCount(field, given);
  const maxItems = values.max_items ?? DEFAULT_MAX_ITEMS;
  const offset = offsetOf(entries.get(chosenKey)?.value ?? field.node);
  const chosen = sourceOf(field, values);
  const as = values.as ?? { text: 'item', offset };
  checkVariable(field, as);
  if (chosen === undefined || !hasFewItems(field, { chosen, maxItems, offset })) return undefined;
  const { parallel = true } = values;
  return {
    source: chosen,
    as: as.text,
    asAt: as.offset,
    parallel,
    maxItems,
    offset,
    at: source.place(offset),
  };
};

const exampleFor = (text: string | undefined): string =>
  text !== undefined && /[*?[]/.test(text)
    ? `write "foreach: {glob: ${text}}", with the pattern in quotes`
    : 'write "foreach: {items: [one, other]}"';

const isGiven = (node: FieldValue['node'] | null): boolean => node !== null && !isNull(node);

function wrongCount({ source, node }: FieldValue, given: readonly string[]): undefined {
  const problem =
    given.length === 0 ? 'does not say for what' : `has ${given.map((name) => `"${name}"`).join(' and ')}`;
  source.error(offsetOf(node), `"foreach" ${problem}`, `it takes one of ${SOURCES.join(', ')}`);
  return undefined;
}

interface SourceValues {
  readonly items?: readonly TextAt[];
  readonly glob?: TextAt;
  readonly range?: KnownSource;
  readonly items_from?: TextAt;
}

function sourceOf(
  field: FieldValue,
  { items, glob, range, items_from }: SourceValues,
): DraftForeach['source'] | undefined {
  if (items) return itemsSource(field, items);
  if (items_from) return { kind: 'items_from', ...items_from };
  if (glob?.text === '') field.source.error(glob.offset, '"glob" is empty', 'for example "src/*.txt"');
  if (glob && tooLongForGlob({ ...field, key: 'glob' }, glob)) return undefined;
  return glob ? { kind: 'glob', pattern: glob.text } : range;
}

/** An item as part of its task's name, which has no control characters. Two items may come to the same, as any two may be equal. */
export const itemId = (item: string): string =>
  item.replace(/[\u0000-\u001f\u007f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);

/** Every item becomes a part of a task's name, so it must be able to be one, and differ from the others. */
function itemsSource({ source }: FieldValue, items: readonly TextAt[]): KnownSource {
  const seen = new Set<string>();
  for (const { text, offset } of items) {
    const id = itemId(text);
    if (id === '')
      source.error(offset, `the item "" cannot be part of a task's name`, 'use another text for it');
    else if (seen.has(id))
      source.error(offset, `the item ${quote(text)} stands twice here`, 'keep one of them');
    seen.add(id);
  }
  return { kind: 'items', items: items.map(({ text }) => text) };
}

function checkVariable({ source }: FieldValue, { text, offset }: TextAt): void {
  const problem = variableProblem(text);
  if (problem !== null) source.error(offset, `"as" is ${quote(text)}: ${problem}`, 'choose another name');
}

interface Limited {
  readonly chosen: DraftForeach['source'];
  readonly maxItems: number;
  readonly offset: number;
}

function hasFewItems({ source }: FieldValue, { chosen, maxItems, offset }: Limited): boolean {
  const count = itemCount(chosen);
  if (count <= maxItems) return true;
  source.error(
    offset,
    `"foreach" has ${count} items; at most ${maxItems} are allowed`,
    `write "max_items: ${count}" when you mean it`,
  );
  return false;
}

/** As far as it is known without looking at files and values. */
export function itemCount(source: DraftForeach['source']): number {
  if (source.kind === 'items') return source.items.length;
  return source.kind === 'range' ? Math.abs(source.to - source.from) + 1 : 0;
}
