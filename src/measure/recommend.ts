import type { BenchResult, LoadResult, Spread, WayResult } from './result.ts';
import type { Load, Way } from './way.ts';

/** What a way would take for the user's values. */
export interface Estimate {
  readonly name: string;
  readonly title: string;
  readonly seconds: number;
}

export interface Recommendation extends Load {
  /** Whether the sizes were named, or are those of the last run. */
  readonly from: 'options' | 'history';
  /** The fastest first. Ways that cannot pass such values, or were not measured, are left out. */
  readonly estimates: readonly Estimate[];
  /** The store to use; null when none was measured. */
  readonly store: string | null;
  /** How many seconds a run it saves, compared with the default. */
  readonly savedSeconds: number;
}

/** Less is not worth another store: the default leaves values that can be read while the run goes on, and needs nothing. */
const WORTH_RATIO = 1.5;
const WORTH_SECONDS = 0.05;
/** In fewer rounds one that was disturbed cannot be told from the others. */
const TELLING_ROUNDS = 3;
const DEFAULT = 'files';

export function recommend(
  { ways, rounds }: BenchResult,
  known: readonly Way[],
  wanted: Load & Pick<Recommendation, 'from'>,
): Recommendation {
  const estimates = ways
    .flatMap((way) => estimateOf(way, known, wanted) ?? [])
    .sort((a, b) => a.seconds - b.seconds);
  const stores = estimates.filter(({ name }) => ways.find((way) => way.name === name)?.kind === 'store');
  const usual = stores.find(({ name }) => name === DEFAULT);
  const [best] = stores;
  if (best === undefined) return { ...wanted, estimates, store: null, savedSeconds: 0 };
  const saved = usual === undefined ? 0 : usual.seconds - best.seconds;
  const isCertain = rounds >= TELLING_ROUNDS && isApart(ways, wanted, best);
  const isWorth =
    usual === undefined ||
    (isCertain && saved >= WORTH_SECONDS && usual.seconds / best.seconds >= WORTH_RATIO);
  return { ...wanted, estimates, store: isWorth ? best.name : DEFAULT, savedSeconds: isWorth ? saved : 0 };
}

/** Whether the default's better rounds were slower than the worse ones of the other. */
function isApart(ways: readonly WayResult[], { bytes }: Load, { name }: Estimate): boolean {
  const of = (wanted: string, quartile: keyof Spread): number => {
    const way = ways.find((each) => each.name === wanted);
    return secondsPerValue(way?.loads ?? [], bytes, quartile) ?? 0;
  };
  return of(DEFAULT, 'low') > of(name, 'high');
}

function estimateOf(way: WayResult, known: readonly Way[], wanted: Load): Estimate[] | null {
  const refused = known.find(({ name }) => name === way.name)?.refuses?.(wanted) ?? null;
  const perValue = refused === null ? secondsPerValue(way.loads, wanted.bytes) : null;
  if (perValue === null) return null;
  return [{ name: way.name, title: way.title, seconds: perValue * wanted.values }];
}

/**
 * Between two measured sizes on a straight line. Above the largest one with the time for each byte that lies between the two largest,
 * below the smallest one as much as that.
 */
export function secondsPerValue(
  loads: readonly LoadResult[],
  bytes: number,
  quartile: keyof Spread = 'median',
): number | null {
  const points = loads
    .flatMap(({ bytes: at, values, otto: { cost } }) =>
      cost === null ? [] : [{ bytes: at, seconds: Math.max(0, cost.seconds[quartile] / values) }],
    )
    .sort((a, b) => a.bytes - b.bytes);
  const [first] = points;
  if (first === undefined) return null;
  const after = Math.max(
    1,
    points.findIndex((point) => point.bytes >= bytes),
  );
  const isBeyond = points.every((point) => point.bytes < bytes);
  const [from = first, to = first] = isBeyond ? points.slice(-2) : points.slice(after - 1, after + 1);
  if (to.bytes === from.bytes)
    return from.bytes >= bytes ? from.seconds : (from.seconds * bytes) / from.bytes;
  const share = Math.max(0, (bytes - from.bytes) / (to.bytes - from.bytes));
  return Math.max(0, from.seconds + share * (to.seconds - from.seconds));
}
