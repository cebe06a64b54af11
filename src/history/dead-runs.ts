import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { removeSocketPlace } from '../data/broker/socket-place.ts';
import { DATABASE_NAME } from '../data/sqlite/schema.ts';
import { settleLeftDatabase } from '../data/sqlite/settle.ts';
import { endProcesses, GRACE_MS } from '../run/cancel.ts';
import { Hurry } from '../run/hurry.ts';
import { systemProcessTable } from '../run/process-table.ts';
import { type DeadRunMark, isOfCommands } from '../run/run-mark.ts';
import { streamsDirectory } from '../run/streams-directory.ts';
import { DeadRunProcesses, isOf } from './dead-run-processes.ts';
import { readRunRecord } from './run-record.ts';

/** Enough for an otto that a killed one has left to end what it runs; then its orphans would be no one's. */
const AGAIN_MS = 2_000;

export interface LeftByRun {
  /** The run's directory; null: they are of commands of variables. */
  readonly directory: string | null;
  /** How many processes it had left. */
  readonly count: number;
  /** How many of them could not be ended. */
  readonly remaining: number;
}

export interface EndOptions {
  /** Only counts. */
  readonly dryRun?: boolean;
  readonly graceMs?: number;
}

/**
 * Ends what killed runs have left, as they themselves would have done at their end. A run that this otto itself was started in is
 * left alone: it may be needed for what is going on.
 */
export async function endDeadRuns(
  marks: readonly DeadRunMark[],
  options: EndOptions = {},
): Promise<LeftByRun[]> {
  const others = marks.filter(({ directory }) => !isOf(ownEnvironment(), { directory, isLive }));
  const left = await Promise.all(others.map((mark) => endDeadRun(mark, options)));
  return left.filter((one) => one !== null);
}

async function endDeadRun(mark: DeadRunMark, { dryRun = false, graceMs = GRACE_MS }: EndOptions) {
  const { directory } = mark;
  const processes = new DeadRunProcesses(systemProcessTable(), { directory, isLive });
  const ofCommands = isOfCommands(mark);
  const count = ofCommands || wasKilled(directory) ? processes.members().length : 0;
  const howToEnd = { graceMs, againMs: AGAIN_MS, hurry: new Hurry() };
  const remaining = count === 0 || dryRun ? [] : await endProcesses(processes, howToEnd);
  if (!dryRun) {
    if (!ofCommands) {
      for (const name of ['broker', 'redis'] as const) removeSocketPlace(directory, name);
      rmSync(streamsDirectory(directory), { recursive: true, force: true });
      await settleLeftDatabase(join(directory, DATABASE_NAME));
    }
    mark.remove();
  }
  return count === 0
    ? null
    : { directory: ofCommands ? null : directory, count, remaining: remaining.length };
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
