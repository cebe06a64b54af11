import { FailureError } from '../../base/failure.ts';
import { MAX_KEY_BYTES } from '../value.ts';
import type { ErrorName } from './frames.ts';

/** Why a request is answered by ERROR; the connection goes on. */
export class Refusal extends Error {
  readonly code: ErrorName;

  constructor(code: ErrorName, message: string) {
    super(message);
    this.code = code;
  }
}

export function checkKey(key: string): void {
  const bytes = Buffer.byteLength(key);
  if (bytes === 0) throw new Refusal('refused', 'a key must not be empty');
  if (bytes > MAX_KEY_BYTES)
    throw new Refusal('refused', `a key is at most ${MAX_KEY_BYTES} bytes, this one is ${bytes}`);
}

/** What could not be done with a value, as a client is told. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (!(error instanceof FailureError))
    return new Refusal('failed', error instanceof Error ? error.message : String(error));
  const { failure } = error;
  switch (failure.kind) {
    case 'io': {
      const isFull = failure.code === 'ENOSPC' || failure.code === 'EDQUOT';
      const words = `otto could not ${failure.action} ${failure.path}: ${isFull ? 'no space left' : failure.code}`;
      return new Refusal(isFull ? 'no-space' : 'failed', failure.hint ? `${words}; ${failure.hint}` : words);
    }
    case 'redis': {
      const words = `otto could not ${failure.action} ${failure.where}: ${failure.detail}`;
      return new Refusal(failure.isFull ? 'no-space' : 'failed', words);
    }
    case 'value':
      return new Refusal('failed', failure.detail);
    default:
      return new Refusal('failed', 'hint' in failure && failure.hint ? failure.hint : failure.kind);
  }
}

/** A file that was removed: its key has been set anew. */
export const isGone = (error: unknown): boolean =>
  error instanceof FailureError && error.failure.kind === 'io' && error.failure.code === 'ENOENT';

/** The client was told that it may not stay. */
export class LeavingError extends Error {}

/** Why a check has failed; null: it has not. */
export function refusalFor(check: () => void): Refusal | null {
  try {
    check();
    return null;
  } catch (error) {
    return refusalOf(error);
  }
}

/** The other end is gone, or was sent away. */
export const isOfTheSocket = (error: unknown): boolean =>
  error instanceof LeavingError ||
  (error instanceof Error &&
    !(error instanceof Refusal) &&
    'code' in error &&
    typeof error.code === 'string');
