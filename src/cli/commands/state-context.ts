import { type Failure, FailureError } from '../../base/failure.ts';
import type { Retention } from '../../ottofile/model.ts';
import { quote } from '../../ottofile/quote.ts';
import type { ParsedOptions } from '../options.ts';
import { usage } from '../usage.ts';

/** What the commands on otto's home need from the command line. */
export interface StateContext {
  readonly options: ParsedOptions;
  /** Absolute path of otto's home. */
  readonly home: string;
  /** The ottofile's project; null when no ottofile is found. */
  readonly project: { readonly folder: string; readonly retention: Retention } | null;
  readonly write: (text: string) => void;
  /** Shows a problem that does not end the command. */
  readonly warn: (problem: Failure) => void;
}

/** The whole number an option was given; null when it was not. */
export function wholeNumber({ values }: ParsedOptions, name: string): number | null {
  const text = values.get(name);
  if (text === undefined) return null;
  if (!/^\d{1,9}$/.test(text)) throw misuse(`--${name} takes a whole number, not ${quote(text)}`);
  return Number(text);
}

export const misuse = (message: string, hint?: string): FailureError =>
  new FailureError(usage(message, hint));
