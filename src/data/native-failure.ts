import { type Failure, FailureError } from '../base/failure.ts';
import type { NativeError } from './native.ts';

const CODES = new Set<unknown>([
  'corrupt',
  'no-space',
  'sealed',
  'version',
  'foreign',
  'too-large',
  'io',
  'usage',
] satisfies NativeError['code'][]);

/** Whether an exception came from the addon as docs of NativeError say. */
export function isNativeError(error: unknown): error is NativeError {
  return error instanceof Error && 'code' in error && 'path' in error && CODES.has(error.code);
}

/** Runs something of the addon on a path; its errors become FailureErrors. */
export function attemptNative<T>(action: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw isNativeError(error) ? nativeFailure(error, action, path) : error;
  }
}

/** What has nothing to do with shared memory: its hints say what to do about it. */
const ORDINARY = new Set(['EMFILE', 'ENFILE', 'EDQUOT']);

/** The failure that an error of the addon stands for. A full file system is an ordinary one, with its errno. */
export function nativeFailure(error: NativeError, action: string, path: string): FailureError {
  const where = error.path || path;
  if (error.code === 'no-space') return new FailureError({ kind: 'io', action, path: where, code: 'ENOSPC' });
  if (error.errno !== undefined && ORDINARY.has(error.errno))
    return new FailureError({ kind: 'io', action, path: where, code: error.errno });
  return new FailureError({ kind: 'shm', action, path: where, detail: reasonOf(error) });
}

/** The message without `cannot … PATH: `, which is said once, in the words of who called. */
function reasonOf({ message, path }: NativeError): string {
  const end = message.indexOf(`${path}: `);
  return path !== '' && message.startsWith('cannot ') && end > 0
    ? message.slice(end + path.length + 2)
    : message;
}

/** Told as a problem of a file: that values could travel another way is of no use to who asks about this one. */
export function asFileProblem(failure: Failure): Failure {
  if (failure.kind !== 'shm') return failure;
  const { action, path, detail } = failure;
  return { kind: 'io', action, path, code: detail };
}
