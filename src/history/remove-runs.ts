import { readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Failure } from '../base/failure.ts';
import { bytesToFree } from './disk-usage.ts';
import { listRuns, placeKey, type RunPlace, runPath } from './state-tree.ts';

export interface RemovedRun extends RunPlace {
  readonly freedBytes: number;
}

export interface Removal {
  readonly removed: readonly RemovedRun[];
  readonly problems: readonly Failure[];
}

/** A run that is being removed has this in front of its name, so that nobody takes what is left of it for a run. */
const DOOMED = '.removing-';

/**
 * Removes the directories of runs of one project. `latest` names a run that stays before the first one goes. `keepGoing` is
 * asked before each.
 */
export function removeRuns(
  home: string,
  runs: readonly RunPlace[],
  keepGoing: () => boolean = () => true,
): Removal {
  const removed: RemovedRun[] = [];
  const problems: Failure[] = [];
  const doomed = new Set(runs.map(placeKey));
  const safeFolders = new Set<string>();
  for (const place of runs) {
    if (!keepGoing()) break;
    try {
      if (!safeFolders.has(place.folder)) moveLatest(home, place.folder, doomed);
      safeFolders.add(place.folder);
      removed.push({ ...place, freedBytes: removeRun(home, place) });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') problems.push(failureOf(home, place, error));
    }
  }
  return { removed, problems };
}

function removeRun(home: string, place: RunPlace): number {
  const doomed = join(home, place.folder, DOOMED + place.run);
  renameSync(runPath(home, place), doomed);
  const freedBytes = bytesToFree(doomed);
  rmSync(doomed, { recursive: true, force: true });
  return freedBytes;
}

/** Finishes what an earlier removal was kept from finishing. */
export function removeLeftovers(home: string, folder: string): void {
  for (const name of namesIn(join(home, folder))) {
    if (name.startsWith(DOOMED)) rmSync(join(home, folder, name), { recursive: true, force: true });
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/**
 * Lets `latest` name the newest run that stays, before the one it names goes. Only then: a run that begins meanwhile sets it
 * itself. A project's directory is never removed, because a run may be about to begin in it.
 */
function moveLatest(home: string, folder: string, doomed: ReadonlySet<string>): void {
  const link = join(home, folder, 'latest');
  const target = targetOf(link);
  if (target === null || !doomed.has(placeKey({ folder, run: target }))) return;
  const newest = listRuns(home, folder).findLast((place) => !doomed.has(placeKey(place)));
  if (newest === undefined) {
    rmSync(link, { force: true });
    return;
  }
  const temporary = join(home, folder, `.latest-clean-${process.pid}`);
  rmSync(temporary, { force: true });
  symlinkSync(newest.run, temporary);
  renameSync(temporary, link);
}

function targetOf(link: string): string | null {
  try {
    return readlinkSync(link);
  } catch {
    return null;
  }
}

const failureOf = (home: string, place: RunPlace, error: unknown): Failure => ({
  kind: 'io',
  action: 'remove',
  path: runPath(home, place),
  code: (error as NodeJS.ErrnoException).code ?? String(error),
});
