import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { offsetOf } from './document.ts';
import { entriesOf, itemsOf, type Reading } from './mapping.ts';
import type { JsonValue } from './model.ts';

/** Aliases may make a small file stand for a large value. */
const MAX_NODES = 10_000;
const MAX_DEPTH = 100;

/** What a node is in JSON. Undefined: a problem was reported. */
export function jsonOf(reading: Reading, node: Node | null): JsonValue | undefined {
  let nodes = 0;
  const convert = (value: Node | null, depth: number): JsonValue => {
    nodes++;
    if (nodes > MAX_NODES || depth > MAX_DEPTH) throw new TooLarge();
    if (isMap(value))
      return Object.fromEntries(
        [...entriesOf(reading, value).values()].map((entry) => [entry.key, convert(entry.value, depth + 1)]),
      );
    if (isSeq(value)) return itemsOf(reading, value.items).map((item) => convert(item, depth + 1));
    return isScalar(value) ? scalar(value.value) : null;
  };
  try {
    return convert(node, 0);
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error;
    reading.source.error(
      node === null ? 0 : offsetOf(node),
      'this is too large, or nested too deeply',
      `at most ${MAX_NODES} values, ${MAX_DEPTH} levels deep`,
    );
    return undefined;
  }
}

class TooLarge extends Error {}

/** YAML has numbers that JSON has not: they are the text that names them. */
function scalar(value: unknown): JsonValue {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  return typeof value === 'number' && Number.isFinite(value) ? value : String(value);
}
