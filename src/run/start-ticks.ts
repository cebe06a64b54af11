import { readFileSync } from 'node:fs';
import { parseStat } from './process-table.ts';

/** When a process started, in the clock ticks of /proc; null when it has ended, and where there is no /proc. */
export function startTicksOf(pid: number): string | null {
  try {
    const entry = parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'), 0);
    return entry === null || entry.zombie ? null : entry.started;
  } catch {
    return null;
  }
}

let own: string | null | undefined;

export function ownStartTicks(): string | null {
  if (own === undefined) own = startTicksOf(process.pid);
  return own;
}
