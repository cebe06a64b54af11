import { endProcesses, GRACE_MS } from '../run/cancel.ts';
import { Hurry } from '../run/hurry.ts';
import { systemProcessTable } from '../run/process-table.ts';
import type { DeadRunMark } from '../run/run-mark.ts';
import { DeadRunProcesses, isOf } from './dead-run-processes.ts';
import { readRunRecord } from './run-record.ts';

/** Enough for an otto that a killed one has left to end what it runs; then its orphans would be no one's. */
const AGAIN_MS = 2_000;

export interface LeftByRun {
  /** The run's directory. */
  readonly directory: string;
  /** How many processes it had left. */
  readonly count: number;
  /** How many of them could not be ended. */
  readonly remaining: number;
}

/**
 * Ends what killed runs have left, as they themselves would have done at their end; with `dryRun` it only counts. Each run is looked
 * at once. A run that this otto itself was started in is left alone: it may be needed for what is going on.
 */
export async function endDeadRuns(
  marks: readonly DeadRunMark[],
  { dryRun = false, graceMs = GRACE_MS } = {},
): Promise<LeftByRun[]> {
  const left: LeftByRun[] = [];
  for (const mark of marks) {
    const run = { directory: mark.directory, isLive };
    if (isOf(ownEnvironment(), run)) continue;
    if (wasKilled(mark.directory)) {
      const processes = new DeadRunProcesses(systemProcessTable(), run);
      const count = processes.members().length;
      const remaining =
        count === 0 || dryRun
          ? []
          : await endProcesses(processes, { graceMs, againMs: AGAIN_MS, hurry: new Hurry() });
      if (count > 0) left.push({ directory: mark.directory, count, remaining: remaining.length });
    }
    if (!dryRun) mark.remove();
  }
  return left;
}

/** Its otto is gone and did not come to write how it ended. */
function wasKilled(directory: string): boolean {
  const record = readRunRecord(directory);
  return record.ok && record.value.result === 'interrupted' && record.value.finishedAt === null;
}

function isLive(directory: string): boolean {
  const record = readRunRecord(directory);
  return record.ok && record.value.result === 'running';
}

const ownEnvironment = (): string =>
  Object.entries(process.env)
    .map(([name, value]) => `${name}=${value}\0`)
    .join('');
