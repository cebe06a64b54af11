const UNITS = [
  { factor: 1, unit: 's' },
  { factor: 1e3, unit: 'ms' },
  { factor: 1e6, unit: 'µs' },
] as const;

/** `1.25 s`, `340 ms`, `12.5 µs`: three digits are more than a busy machine can tell. */
export function secondsText(seconds: number): string {
  if (seconds <= 0) return '0';
  const { factor, unit } = UNITS.find((each) => seconds * each.factor >= 1) ?? UNITS[2];
  return `${Number((seconds * factor).toPrecision(3))} ${unit}`;
}
