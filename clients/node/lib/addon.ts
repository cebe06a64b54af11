import type { Native, Region } from '../../../src/data/native.ts';
import { loadTask } from './task.ts';

let native: Native | undefined;

/** The region in `directory`, through the addon that task.json names. */
export function openRegion(directory: string): Region {
  native ??= load();
  return native.openRegion(directory);
}

/** A file's bytes in memory that the system shares and can drop; null without the addon. */
export function mapFile(path: string): Uint8Array | null {
  if (native === undefined && loadTask().addon === null) return null;
  native ??= load();
  return native.mapFile(path);
}

/** A blocking descriptor of a connection to otto's socket. */
export function connectUnix(path: string): number {
  native ??= load();
  return native.connectUnix(path);
}

function load(): Native {
  const { addon } = loadTask();
  if (addon === null)
    throw new Error('the addon otto.node has not been built: Node cannot reach these values without it');
  const target: { exports: Partial<Native> } = { exports: {} };
  process.dlopen(target, addon);
  return target.exports as Native;
}
