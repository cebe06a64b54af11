import { FailureError } from '../../base/failure.ts';
import { ioFailure } from '../../base/io-failure.ts';
import { troubleOf } from './driver.ts';

/** An exception of SQLite or of a system call in words that name the database. */
export function databaseFailure(error: unknown, path: string, lockTimeoutMs: number): unknown {
  const fail = (code: string, hint?: string): FailureError =>
    new FailureError({ kind: 'io', action: 'use', path, code, ...(hint !== undefined && { hint }) });
  switch (troubleOf(error)) {
    case null:
      return ioFailure(error, 'use', path);
    case 'locked':
      return fail(
        `a program has kept it locked for ${lockTimeoutMs / 1000} s`,
        'end transactions soon (COMMIT); nothing that was set before is lost',
      );
    case 'full':
      return fail('ENOSPC');
    case 'damaged':
      return fail('it is no database any more: something has written over it', GONE_HINT);
    default: {
      const { message } = error as Error;
      return fail(message, OF_TABLES.test(message) ? TABLES_HINT : undefined);
    }
  }
}

/** A task has dropped or altered what otto made. */
const OF_TABLES = /^no such (table|column|trigger)|^cannot join|^table \S+ has (no column|\d+ columns)/;
const TABLES_HINT = 'tasks set and delete rows of task_data, and leave the tables as otto made them';

const GONE_HINT = 'tasks reach it with sqlite3 "$OTTO_DB", and leave the file itself alone';

export const removedFailure = (path: string): FailureError =>
  new FailureError({
    kind: 'io',
    action: 'use',
    path,
    code: 'it has been removed or replaced while the run needs it',
    hint: GONE_HINT,
  });

export const overwrittenFailure = (path: string): FailureError =>
  new FailureError({
    kind: 'io',
    action: 'use',
    path,
    code: 'it is no database any more: something has written over it',
    hint: GONE_HINT,
  });
