import { FailureError } from './failure.ts';

/** Turns an errno exception of node:fs into a FailureError that names what was attempted on which path. */
export function ioFailure(error: unknown, action: string, path: string): unknown {
  if (error instanceof FailureError || !isErrno(error)) return error;
  return new FailureError({ kind: 'io', action, path: error.path ?? path, code: error.code });
}

/** Runs something synchronous on a path; a failing system call becomes a FailureError. */
export function attempt<T>(action: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw ioFailure(error, action, path);
  }
}

/** The same for something asynchronous. */
export async function attemptAsync<T>(action: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw ioFailure(error, action, path);
  }
}

function isErrno(error: unknown): error is Error & { code: string; path?: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && 'syscall' in error;
}
