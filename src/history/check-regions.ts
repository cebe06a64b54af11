import { existsSync } from 'node:fs';
import { type Failure, FailureError } from '../base/failure.ts';
import type { Native, RegionCheck } from '../data/native.ts';
import { asFileProblem, attemptNative } from '../data/native-failure.ts';

/** What came out of checking one region: either of the two is null. */
export interface RegionResult {
  readonly directory: string;
  readonly check: RegionCheck | null;
  readonly problem: Failure | null;
}

/** Checks the regions of tasks by the rules of docs/shm-format.md. One that is given back meanwhile is left out. */
export function checkRegions(loadNative: () => Native, directories: readonly string[]): RegionResult[] {
  if (directories.length === 0) return [];
  const native = loadNative();
  return directories
    .map((directory) => checkRegion(native, directory))
    .filter(({ directory, problem }) => problem === null || existsSync(directory));
}

function checkRegion(native: Native, directory: string): RegionResult {
  try {
    const check = attemptNative('rely on', directory, () => native.checkRegion(directory));
    return { directory, check, problem: null };
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    return { directory, check: null, problem: asFileProblem(error.failure) };
  }
}
