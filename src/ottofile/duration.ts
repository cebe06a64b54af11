import { textOf } from './document.ts';
import { type FieldValue, type Read, wrongType } from './fields.ts';
import { numberOr } from './key.ts';

const NUMBER = '(\\d+(?:\\.\\d+)?)';
const UNITS: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];
const PATTERN = `^${UNITS.map(([unit]) => `(?:${NUMBER} ?${unit} ?)?`).join('')}$`;
const DURATION = new RegExp(PATTERN);

export const DURATION_JSON = numberOr(`^(?:${NUMBER} ?(?:d|h|m|s|ms)? ?)+$`);

/** Node's timers take no longer time. */
const LONGEST_MS = 2 ** 31 - 1;

/** Milliseconds; a number without a unit counts seconds. */
export const readDuration: Read<number> = (field) => {
  const ms = millisecondsOf(textOf(field.node) ?? '');
  if (ms === undefined) return wrong(field);
  if (ms <= LONGEST_MS) return ms;
  return wrongType(field, 'at most 24 days', 'write a shorter time');
};

const wrong = (field: FieldValue): undefined =>
  wrongType(field, 'a time', 'for example 500ms, 10s, 5m, 1h30m, or a number of seconds');

function millisecondsOf(text: string): number | undefined {
  if (/^\d{1,12}(?:\.\d{1,12})?$/.test(text)) return Math.round(Number(text) * 1000);
  const numbers = text === '' ? undefined : DURATION.exec(text)?.slice(1);
  if (numbers === undefined) return undefined;
  const parts = UNITS.map(([, ms], at) => Number(numbers[at] ?? 0) * ms);
  return Math.round(parts.reduce((sum, part) => sum + part, 0));
}
