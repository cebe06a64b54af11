import type { Failure } from '../base/failure.ts';
import { unreachable } from '../base/result.ts';
import type { PrintedValues } from '../data/captures/captured.ts';
import type { Cut } from './cuts.ts';
import type { FailureReason, Outcome } from './events.ts';
import type { ProgramEnd } from './spawn.ts';

/** All that is known when a task is over. */
export interface Ended {
  /** Null when it never came to starting one. */
  readonly process: ProgramEnd | null;
  /** What otto could not do for it. */
  readonly failure: Failure | null;
  /** Why otto ended it before its time, or did not start it. */
  readonly cut: Cut | null;
  /** Why it did not have to start: its `if` is false, or its outputs are up to date. */
  readonly unneeded: 'condition' | 'fresh' | null;
  /** What its stdout held in markers. */
  readonly printed: PrintedValues | null;
}

/** A task about which nothing is known yet. */
export const NOT_STARTED: Ended = { process: null, failure: null, cut: null, unneeded: null, printed: null };
/** It only groups its dependencies. */
export const WITHOUT_PROCESS: Ended = { ...NOT_STARTED, process: { kind: 'exit', code: 0 } };
export const CONDITION_FALSE: Ended = { ...NOT_STARTED, unneeded: 'condition' };
export const UP_TO_DATE: Ended = { ...NOT_STARTED, unneeded: 'fresh' };

/**
 * A task that was running when it was told to end has been cut short, whatever its exit code says. Otherwise its own
 * failure comes before otto's: that is where its author has to look first.
 */
export function outcomeOf({ process, failure, cut, unneeded }: Ended): Outcome {
  if (cut !== null && cut.kind !== 'timeout' && process === null)
    return { kind: 'skipped', because: { kind: cut.kind } };
  const reason = cut ?? (process && failureOf(process));
  if (reason !== null) return { kind: 'failed', reason };
  if (failure !== null) return { kind: 'failed', reason: { kind: 'otto', failure } };
  if (unneeded === 'condition') return { kind: 'skipped', because: { kind: 'condition' } };
  return { kind: unneeded === 'fresh' ? 'fresh' : 'succeeded' };
}

function failureOf(end: ProgramEnd): FailureReason | null {
  switch (end.kind) {
    case 'exit':
      return end.code === 0 ? null : end;
    case 'signal':
    case 'not-started':
      return end;
    default:
      return unreachable(end);
  }
}
