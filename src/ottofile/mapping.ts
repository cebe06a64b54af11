import { isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml';
import { offsetOf, textOf, type YamlDocument } from './document.ts';
import { quote } from './quote.ts';
import type { Source } from './source.ts';

/** One key of a mapping. `value` is never an alias; it is null when nothing could be found there. */
export interface MapEntry {
  readonly key: string;
  /** Where the key stands. */
  readonly offset: number;
  readonly value: Node | null;
}

const KEY_HINT = 'write it as "key: value"; "{" or "[" at the beginning of a text needs quotes';

/** What every reader of nodes needs: the document for aliases, the source for problems. */
export interface Reading {
  readonly source: Source;
  readonly document: YamlDocument;
}

/**
 * The keys of a mapping, with `<<` merged in: own keys win over merged ones, earlier merges over later ones. A key that
 * stands twice in the same mapping is an error.
 */
export function entriesOf(reading: Reading, map: YAMLMap): ReadonlyMap<string, MapEntry> {
  const found = new Map<string, MapEntry>();
  const visited = new Set<YAMLMap>();
  const pending: YAMLMap[] = [map];
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    if (visited.has(next)) continue;
    visited.add(next);
    pending.unshift(...addOwn(reading, next, found));
  }
  return found;
}

/** Adds the mapping's own keys and returns the mappings that it merges. */
function addOwn(reading: Reading, map: YAMLMap, found: Map<string, MapEntry>): YAMLMap[] {
  const merges: YAMLMap[] = [];
  const own = new Map<string, number>();
  for (const pair of map.items as Pair<Node | null, Node | null>[]) {
    const entry = entryOf(reading, pair);
    if (entry === null) continue;
    if (isMergeKey(pair.key)) {
      merges.push(...mergedMaps(reading, entry));
      continue;
    }
    const first = own.get(entry.key);
    if (first === undefined) own.set(entry.key, entry.offset);
    else reportDuplicate(reading.source, entry, first);
    if (!found.has(entry.key)) found.set(entry.key, entry);
  }
  return merges;
}

function entryOf(reading: Reading, pair: Pair<Node | null, Node | null>): MapEntry | null {
  const keyNode = pair.key === null ? null : reading.document.resolve(pair.key);
  const offset = pair.key === null ? (pair.value ? offsetOf(pair.value) : 0) : offsetOf(pair.key);
  const key = keyNode === null ? undefined : textOf(keyNode);
  if (key === undefined) {
    reading.source.error(offset, 'a key must be a single word or text', KEY_HINT);
    return null;
  }
  return { key, offset, value: followed(reading, pair.value) };
}

function followed(reading: Reading, node: Node | null): Node | null {
  if (node === null) return null;
  const resolved = reading.document.resolve(node);
  if (resolved === null)
    reading.source.error(
      offsetOf(node),
      'this alias names no anchor that stands before it',
      'an anchor is written "&name"; put a text that begins with "*" in quotes',
    );
  return resolved;
}

/** The items of a list, aliases followed. */
export function itemsOf(reading: Reading, items: readonly unknown[]): Node[] {
  return (items as (Node | null)[]).flatMap((item) => followed(reading, item) ?? []);
}

function isMergeKey(key: Node | null): boolean {
  if (!isScalar(key)) return false;
  return key.value === '<<' ? key.type === 'PLAIN' : typeof key.value === 'symbol';
}

function mergedMaps(reading: Reading, entry: MapEntry): YAMLMap[] {
  const nodes = isSeq(entry.value) ? itemsOf(reading, entry.value.items) : entry.value ? [entry.value] : [];
  const maps = nodes.filter((node) => isMap(node));
  if (maps.length !== nodes.length || nodes.length === 0)
    reading.source.error(
      entry.offset,
      '"<<" takes a mapping or a list of mappings, by alias',
      'for example "<<: *common", where another place has "&common"',
    );
  return maps;
}

function reportDuplicate(source: Source, entry: MapEntry, first: number): void {
  const { line } = source.position(first);
  source.error(
    entry.offset,
    `${quote(entry.key)} stands twice here; the first is on line ${line}`,
    'keep one of them',
  );
}
