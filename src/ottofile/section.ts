import { isMap, type Node } from 'yaml';
import { isNull, offsetOf } from './document.ts';
import type { Read } from './fields.ts';
import type { Key, Section } from './key.ts';
import { entriesOf, type MapEntry, type Reading } from './mapping.ts';
import { otherWord } from './other-words.ts';
import { quote } from './quote.ts';

/** A section's values by key; a key that is absent, null or wrong has none. */
export type SectionValues<S extends Section> = {
  readonly [K in keyof S]?: S[K] extends Key<infer T> ? T : never;
};

export interface SectionPlace {
  /** What the section is called in messages: `task "build"`. */
  readonly owner: string;
  /** Keys that are read elsewhere. */
  readonly otherKeys?: readonly string[];
  /** What to do about a key that belongs to another place of the file. */
  readonly elsewhere?: (key: string) => string | undefined;
  /** Is asked about each unknown key; true: it has been reported. */
  readonly onUnknown?: ((entry: MapEntry) => boolean) | undefined;
}

/** The mapping that a section must be, or null; null also stands for an empty one. */
export function sectionEntries(
  reading: Reading,
  entry: { readonly value: Node | null },
  { owner, hint }: { readonly owner: string; readonly hint?: string },
): ReadonlyMap<string, MapEntry> | null {
  const { value } = entry;
  if (value === null || isNull(value)) return null;
  if (isMap(value)) return entriesOf(reading, value);
  reading.source.error(
    offsetOf(value),
    `${owner} must be a mapping: "key: value" lines, indented`,
    hint ?? 'check the indentation, and that a space follows each ":"',
  );
  return null;
}

/** Reads every key of a section by its reader, and reports what does not belong there. */
export function readSection<S extends Section>(
  reading: Reading & SectionPlace,
  entries: ReadonlyMap<string, MapEntry>,
  section: S,
): SectionValues<S> {
  const values: Record<string, unknown> = {};
  for (const entry of entries.values()) {
    if (reading.otherKeys?.includes(entry.key)) continue;
    const field = Object.hasOwn(section, entry.key) ? section[entry.key] : undefined;
    if (field === undefined) {
      if (!reading.onUnknown?.(entry)) warnUnknown(reading, entry, Object.keys(section));
    } else values[entry.key] = readField(reading, entry, field.read);
  }
  return values as SectionValues<S>;
}

function readField(reading: Reading, entry: MapEntry, read: Read<unknown>): unknown {
  const { key, value } = entry;
  if (value === null || isNull(value)) return undefined;
  return read({ source: reading.source, document: reading.document, key, node: value });
}

function otherWordHint(key: string, known: readonly string[]): string | undefined {
  const word = otherWord(key, known);
  return word && `it is called "${word}" here`;
}

function warnUnknown(reading: Reading & SectionPlace, entry: MapEntry, known: readonly string[]): void {
  const other = reading.elsewhere?.(entry.key) ?? otherWordHint(entry.key, known);
  const hint = other ?? reading.source.didYouMean(entry.key, [...known, ...(reading.otherKeys ?? [])]);
  reading.source.warn(
    entry.offset,
    `${reading.owner} has an unknown key ${quote(entry.key)}; it is ignored`,
    hint,
  );
}
