import type { Native } from '../../data/native.ts';
import type { RunRecord } from '../../history/run-record.ts';
import { RunValues } from '../../history/run-values.ts';
import type { RunScope } from './find-run.ts';
import type { StateContext } from './state-context.ts';

export interface DataContext extends StateContext {
  /** Throws a FailureError when the addon cannot be had. */
  readonly loadNative: () => Native;
  /** Whether somebody looks at what is written. */
  readonly toTerminal: boolean;
  /** Writes as fast as the pieces are taken, and stops when they are not taken any more: false. */
  readonly stream: (pieces: AsyncIterable<string | Uint8Array>) => Promise<boolean>;
}

export const scopeOf = ({ options, home, project }: StateContext): RunScope => ({
  home,
  folder: options.flags.has('all') ? null : (project?.folder ?? null),
});

/** Reads values of a run, and lets go of shared memory when that is done. */
export async function withValues<T>(
  { loadNative }: DataContext,
  run: RunRecord,
  use: (values: RunValues) => Promise<T>,
): Promise<T> {
  const values = new RunValues(run, loadNative);
  try {
    return await use(values);
  } finally {
    values.close();
  }
}
