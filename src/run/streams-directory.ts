import { join } from 'node:path';

/** Where the pipes of a run lie, and what has no room in memory. Nothing of it outlives the run; of a killed one the next otto removes it. */
export const streamsDirectory = (runDirectory: string): string => join(runDirectory, 'streams');
