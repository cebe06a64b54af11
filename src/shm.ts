import type { Region, ShmRun, SweepReport } from './data/native.ts';
import { loadNative } from './data/native-addon.ts';

/**
 * otto's shared memory for other programs (`import { openRegion } from 'otto/shm'`): typed key-value regions that any number
 * of processes read and write at once (docs/shm-format.md). Needs the compiled addon.
 */
export type { NativeError, Region, RegionEntry, ShmRun, SweepReport } from './data/native.ts';
/** The constants of docs/shm-format.md, for programs that read the bytes themselves. */
export * as layout from './data/shm-layout.ts';
export type { ValueType } from './data/value.ts';

/** Opens a task's region for reading and writing; `directory` is `<OTTO_SHM_DIR>/<task>`. */
export const openRegion = (directory: string): Region => loadNative().openRegion(directory);

/** Creates a run's directory, locked while this process lives; `root` defaults to /dev/shm/otto-<uid>. */
export const createRun = (run: string, root?: string): ShmRun => loadNative().createRun(run, root);

/** Removes what dead runs of this user left. */
export const sweep = (root?: string): SweepReport => loadNative().sweep(root);
