/**
 * Bash lists an associative array in the order of its hash table. This puts the keys of OUTPUT back into the order in which
 * a reader of the script meets them: by the first place where the text has `OUTPUT[key]`, `OUTPUT["key"]` or
 * `OUTPUT['key']`. Keys that the text does not spell out (`OUTPUT[$name]`) follow in natural order.
 */
export function orderBashKeys(keys: readonly string[], scriptText: string): string[] {
  return orderByPlace(keys, literalKeys(scriptText));
}

/** Keys in the order of their first place in `named`; those that are not there follow in natural order. */
export function orderByPlace(keys: readonly string[], named: readonly string[]): string[] {
  const places = new Map<string, number>();
  for (const [index, key] of named.entries()) if (!places.has(key)) places.set(key, index);
  const placeOf = (key: string): number => places.get(key) ?? Number.POSITIVE_INFINITY;
  return [...keys].sort((a, b) => {
    const [first, second] = [placeOf(a), placeOf(b)];
    return first === second ? compareNaturally(a, b) : first - second;
  });
}

const SUBSCRIPT = /\bOUTPUT\[(?:"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'|([^\]"']*))\]/g;

/** The keys that the text spells out. */
function literalKeys(scriptText: string): string[] {
  return [...scriptText.matchAll(SUBSCRIPT)].map(([, double, single, bare]) =>
    double === undefined ? (single ?? bare ?? '') : double.replace(/\\(["\\$`])/g, '$1'),
  );
}

/** Compares runs of digits by number and all else by code unit: the same in every locale, and total. */
function compareNaturally(a: string, b: string): number {
  const [left, right] = [splitDigits(a), splitDigits(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = comparePieces(left[i] ?? '', right[i] ?? '');
    if (order !== 0) return order;
  }
  return left.length - right.length || compareText(a, b);
}

function splitDigits(text: string): string[] {
  return text.match(/[0-9]+|[^0-9]+/g) ?? [];
}

function comparePieces(a: string, b: string): number {
  if (!isNumber(a) || !isNumber(b)) return compareText(a, b);
  const [left, right] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  return left.length - right.length || compareText(left, right);
}

function isNumber(piece: string): boolean {
  return piece >= '0' && piece < ':';
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
