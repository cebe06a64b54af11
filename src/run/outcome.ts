import type { Failure } from '../base/failure.ts';
import { unreachable } from '../base/result.ts';
import type { FailureReason, Outcome } from './events.ts';
import type { ProgramEnd } from './spawn.ts';

/** All that is known when a task is over. */
export interface Ended {
  /** Null when it never came to starting one. */
  readonly process: ProgramEnd | null;
  /** What otto could not do for it. */
  readonly failure: Failure | null;
  /** The run was interrupted before the task's process ended. */
  readonly interrupted: boolean;
}

/**
 * A task that was running when the run was interrupted has been cut short, whatever its exit code says. Otherwise its own
 * failure comes before otto's: that is where its author has to look first.
 */
export function outcomeOf({ process, failure, interrupted }: Ended): Outcome {
  if (interrupted && process === null) return { kind: 'skipped', because: 'interrupted' };
  const reason = interrupted ? ({ kind: 'interrupted' } as const) : process && failureOf(process);
  if (reason !== null) return { kind: 'failed', reason };
  if (failure !== null) return { kind: 'failed', reason: { kind: 'otto', failure } };
  return { kind: 'succeeded' };
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
