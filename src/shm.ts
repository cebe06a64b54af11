import type { Region as NativeRegion, RegionCheck, RunOptions, ShmRun, SweepReport } from './data/native.ts';
import { loadNative } from './data/native-addon.ts';

/**
 * otto's shared memory for other programs (`import { Region, createRun } from 'otto/shm'`): typed key-value regions that any
 * number of processes and threads read and write at once (docs/library.md). Needs the compiled addon.
 */
export type {
  NativeError,
  RegionCheck,
  RegionEntry,
  RunOptions,
  ShmRun,
  SweepReport,
} from './data/native.ts';
/** The constants of docs/shm-format.md, for programs that read the bytes themselves. */
export * as layout from './data/shm-layout.ts';
export type { ValueType } from './data/value.ts';

export type Region = NativeRegion;

/** Opens a task's region for reading and writing; `directory` is that of the region that created it: `region.directory`. */
export const openRegion = (directory: string): Region => loadNative().openRegion(directory);

/** `Region.open(directory)`; regions are made by `createRun(name).createTask(name, [])`. */
export const Region: { readonly open: typeof openRegion } = { open: openRegion };

/** Creates a run's directory, locked while this process lives. */
export const createRun = (run: string, options?: RunOptions): ShmRun => loadNative().createRun(run, options);

/** Checks a task's region and its value files byte by byte. Throws NativeError for the first broken rule. */
export const checkRegion = (directory: string): RegionCheck => loadNative().checkRegion(directory);

/**
 * Removes what dead runs of this user left below a root: the default one in shared memory, or a spill root. With `dryRun` it
 * only tells.
 */
export const sweep = (root?: string, options?: { readonly dryRun?: boolean }): SweepReport =>
  loadNative().sweep(root, options);
