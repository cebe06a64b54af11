import type { Comparison, Goal } from '../result.ts';

const UNITS = [
  [1, 's'],
  [1e-3, 'ms'],
  [1e-6, 'µs'],
  [1e-9, 'ns'],
] as const;

/** Three digits, and a unit that fits. */
export function timeText(exactSeconds: number): string {
  const seconds = Number(exactSeconds.toPrecision(3));
  const [size, unit] = UNITS.find(([size]) => seconds >= size) ?? UNITS[UNITS.length - 1] ?? [1, 's'];
  return `${threeDigits(seconds / size)} ${unit}`;
}

export function threeDigits(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toFixed(digits);
}

export const bytesText = (bytes: number): string => `${threeDigits(bytes / 2 ** 20)} MiB`;

/** A ratio of times, or for a goal of speed its inverse: how many times as fast. */
export function ratioText({ ratio, low, high, goal }: Comparison): string {
  if (goal?.kind === 'speed-at-least') {
    return `${threeDigits(1 / ratio)} × as fast (${threeDigits(1 / high)} – ${threeDigits(1 / low)})`;
  }
  return `${threeDigits(ratio)} × (${threeDigits(low)} – ${threeDigits(high)})`;
}

export function goalText(goal: Goal | null): string {
  if (goal === null) return '–';
  const words = goal.kind === 'time-at-most' ? `≤ ${goal.ratio} ×` : `≥ ${goal.ratio} × as fast`;
  return goal.stretch ? `${words} (stretch)` : words;
}

export function metText({ met }: { met: boolean | null }): string {
  if (met === null) return '–';
  return met ? 'yes' : '**no**';
}
