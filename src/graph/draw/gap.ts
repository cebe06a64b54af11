/** A line through the gap between two rows: from the column where it leaves the upper to the one where it reaches the lower. */
export interface Passage {
  readonly from: number;
  readonly to: number;
}

/** Lines that leave the upper row in one column share a track: a line of the gap along which they go sideways. */
export interface Track {
  readonly from: number;
  readonly to: readonly number[];
  /** Lines from the gap's first to this one; null: all of them go straight down. */
  readonly line: number | null;
}

/**
 * Gives every bundle of lines a track of its own. One that leaves the upper row where another reaches the lower one must turn
 * above it, or the two would run in the same cells. Null when that goes round in a circle.
 */
export function tracksOf(passages: readonly Passage[]): Track[] | null {
  const bundles = new Map<number, number[]>();
  for (const { from, to } of passages) bundles.set(from, [...(bundles.get(from) ?? []), to]);
  const bent = [...bundles]
    .filter(([from, targets]) => targets.some((to) => to !== from))
    .map(([from]) => from);
  const order = inOrder(bent, (from) =>
    bent.filter((other) => other !== from && bundles.get(from)?.includes(other)),
  );
  if (order === null) return null;
  const lines = new Map(order.map((from, line) => [from, line]));
  return [...bundles].map(([from, to]) => ({ from, to, line: lines.get(from) ?? null }));
}

/** Each after all that have to come first, else from left to right. Null when there is no such order. */
function inOrder(items: readonly number[], firstOf: (item: number) => readonly number[]): number[] | null {
  const left = [...items].sort((a, b) => a - b);
  const order: number[] = [];
  while (left.length > 0) {
    const at = left.findIndex((item) => firstOf(item).every((other) => order.includes(other)));
    if (at < 0) return null;
    order.push(...left.splice(at, 1));
  }
  return order;
}
