import { FailureError } from '../base/failure.ts';
import type { Diagnostic } from '../ottofile/model.ts';

/** Carries a problem of the ottofile to whoever waits for what it keeps from being done. */
export const refusal = ({ file, at, sourceLine, message, hint }: Diagnostic): FailureError =>
  new FailureError({
    kind: 'ottofile',
    at: { file, ...at, sourceLine },
    message,
    ...(hint !== undefined && { hint }),
  });

/** The problem that was carried; anything else is thrown on. */
export function problemIn(error: unknown): Diagnostic {
  if (!(error instanceof FailureError) || error.failure.kind !== 'ottofile') throw error;
  const { at, message, hint } = error.failure;
  const { file, line, column, sourceLine } = at;
  return { severity: 'error', file, at: { line, column }, sourceLine, message, ...(hint && { hint }) };
}
