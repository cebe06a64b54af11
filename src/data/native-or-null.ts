import { FailureError } from '../base/failure.ts';
import type { Native } from './native.ts';
import { loadNative } from './native-addon.ts';

/** The addon, or null when it cannot be had: for work that goes on without it, more slowly. */
export function nativeOrNull(): Native | null {
  try {
    return loadNative();
  } catch (error) {
    if (error instanceof FailureError && error.failure.kind === 'native-missing') return null;
    throw error;
  }
}
