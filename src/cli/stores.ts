import { FailureError } from '../base/failure.ts';
import { loadNative } from '../data/native-addon.ts';
import { sweepDeadRuns } from '../data/region-lifecycle.ts';
import type { Store, StoreName } from '../data/store.ts';
import { createFilesStore } from '../data/stores/files.ts';
import { createShmStore } from '../data/stores/shm.ts';

/** Opens the store of one run, after removing what dead runs left in shared memory. */
export function openStore(name: StoreName, runDirectory: string): Store {
  if (name === 'shm') {
    sweepDeadRuns(loadNative);
    return createShmStore({ native: loadNative(), runDirectory });
  }
  sweepIfPossible();
  return createFilesStore(runDirectory);
}

/** A run that does not use shared memory does not fail because of what is in it. */
function sweepIfPossible(): void {
  try {
    sweepDeadRuns(loadNative);
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
  }
}
