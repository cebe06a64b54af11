import { quote } from '../../ottofile/quote.ts';
import type { ParsedOptions } from '../options.ts';
import { misuse } from './state-context.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/** `2026-11-20`, with `T10`, `T10:30` and `:05.123Z` behind it; also as the names of runs spell it, with `-` for `:`. */
const DATE = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d)(?:[:-](\d\d)(?:[:-](\d\d(?:\.\d{1,3})?))?)?Z?)?$/;

/** From when on, and until when; null where the command line does not say. */
export function timesOf(
  { values }: ParsedOptions,
  now: Date,
): { readonly since: Date | null; readonly until: Date | null } {
  const read = (name: string, isEnd: boolean) => {
    const text = values.get(name);
    return text === undefined ? null : timeOf(name, text, { now, isEnd });
  };
  return { since: read('since', false), until: read('until', true) };
}

/** A time ago, `7d`, or a date. A day that ends something counts to its end. */
function timeOf(
  option: string,
  text: string,
  { now, isEnd }: { readonly now: Date; readonly isEnd: boolean },
): Date {
  const ago = /^(\d{1,6})([smhdw])$/.exec(text);
  if (ago !== null) return new Date(now.getTime() - Number(ago[1]) * (UNIT_MS[ago[2] as string] as number));
  const [, day, hours = '00', minutes = '00', seconds = '00'] = DATE.exec(text) ?? [];
  const time = new Date(`${day}T${hours}:${minutes}:${seconds.padEnd(6, '.000').slice(0, 6)}Z`);
  if (day === undefined || Number.isNaN(time.getTime()) || !time.toISOString().startsWith(day))
    throw misuse(
      `--${option} takes a time, not ${quote(text)}`,
      'for example 7d, 2h, 30m, 2026-11-20 or 2026-11-20T10:30',
    );
  return isEnd && text === day ? new Date(time.getTime() + (UNIT_MS.d as number)) : time;
}
