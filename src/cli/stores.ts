import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { FailureError } from '../base/failure.ts';
import { attempt } from '../base/io-failure.ts';
import type { Broker, BrokerOptions } from '../data/broker/broker.ts';
import { memoryFacts, memoryLimit } from '../data/memory-limit.ts';
import { loadNative } from '../data/native-addon.ts';
import { sharedMemoryRoot, sweepDeadRuns } from '../data/region-lifecycle.ts';
import type { OpenStore } from '../data/run-stores.ts';
import type { Store } from '../data/store.ts';
import { createFilesStore } from '../data/stores/files.ts';
import { createShmStore } from '../data/stores/shm.ts';

/** What the stores of one run need to know. */
export interface StorePlan extends Pick<BrokerOptions, 'run' | 'onProgress'> {
  /** The run's directory in history. */
  readonly runDirectory: string;
  /** Where values go that shared memory has no room for. */
  readonly spillRoot: string;
  /** `memory` of the ottofile. */
  readonly memoryBytes: number | null;
}

/** Opens the stores of one run. Those that are served on a socket share one. */
export function storeOpener(plan: StorePlan): OpenStore {
  let broker: Broker | null = null;
  return (name) => {
    if (name === 'shm') return openShm(plan);
    sweepIfPossible(plan.spillRoot);
    if (name === 'files') return createFilesStore(plan.runDirectory);
    return import('./brokered-stores.ts').then(({ newBroker, openBrokered }) => {
      broker ??= newBroker(plan);
      return openBrokered(name, { broker, ...plan });
    });
  };
}

/** After removing what dead runs have left in shared memory and on disk. */
function openShm({ runDirectory, spillRoot, memoryBytes }: StorePlan): Store {
  return onDisk(spillRoot, () => {
    requireDirectory(dirname(spillRoot));
    sweep(spillRoot);
    const limit = memoryLimit(memoryFacts(memoryBytes));
    return createShmStore({ native: loadNative(), runDirectory, spillRoot, limit });
  });
}

/** A failure below the spill root is one of that place, not of shared memory: its hint names the variable. */
function onDisk<T>(spillRoot: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    const { failure } = error;
    if (failure.kind !== 'shm' || !`${failure.path}/`.startsWith(`${spillRoot}/`)) throw error;
    const { path, detail: code } = failure;
    const hint = `values go there that shared memory has no room for; ${spillHint(spillRoot)}`;
    throw new FailureError({ kind: 'io', action: 'spill to', path, code, hint });
  }
}

const spillHint = (spillRoot: string): string =>
  process.env.OTTO_SPILL_DIR
    ? `OTTO_SPILL_DIR has to name a directory in which you may write, and ${spillRoot} has to be yours alone`
    : 'OTTO_SPILL_DIR=DIR chooses another place';

/** Otto makes its home, but not what OTTO_SPILL_DIR names: a disk that is not mounted would go unnoticed. */
function requireDirectory(path: string): void {
  const code =
    attempt('look at', path, () => statSync(path, { throwIfNoEntry: false }))?.isDirectory() ?? 'ENOENT';
  if (code === true) return;
  const hint = 'OTTO_SPILL_DIR has to name a directory that exists';
  throw new FailureError({ kind: 'io', action: 'spill to', path, code: code || 'ENOTDIR', hint });
}

function sweep(spillRoot: string): void {
  sweepDeadRuns(loadNative, sharedMemoryRoot());
  sweepDeadRuns(loadNative, spillRoot);
}

/** A run that does not use shared memory does not fail because of what is in it. */
function sweepIfPossible(spillRoot: string): void {
  try {
    sweep(spillRoot);
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
  }
}
