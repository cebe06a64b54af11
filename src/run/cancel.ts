import { nowMs } from '../base/clock.ts';
import type { TaskName } from '../base/task-name.ts';
import type { Hurry } from './hurry.ts';
import { CHASE_MS, type Member, type Processes } from './process-tree.ts';

export interface CancelOptions {
  /** Time between asking (SIGTERM) and ending (SIGKILL). */
  readonly graceMs: number;
  /** Ends the grace period at once. */
  readonly hurry: Hurry;
  /**
   * Between the grace period and SIGKILL, after SIGTERM has been sent once more: an otto among them ends its tasks at once then, also
   * those that only it knows as its own. Not needed by who adopts what it leaves.
   */
  readonly againMs?: number;
  /** Whose processes; all tasks' when not given. */
  readonly of?: (task: TaskName) => boolean;
}

export const GRACE_MS = 5_000;
/** What survives SIGKILL that long hangs in the kernel; no signal can end it. */
const UNKILLABLE_MS = 5_000;
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 100;

/**
 * Ends every process of tasks: SIGTERM to all at once, SIGKILL to what is left after the grace period, until none
 * is left. Returns what could not be ended.
 *
 * A process that appears during the grace period is left alone when its parent was asked to end: it may be the parent's
 * cleaning up. Without such a parent it was just missed, and is asked too.
 */
export async function endProcesses(processes: Processes, options: CancelOptions): Promise<Member[]> {
  const asked = new Set<number>();
  const againAtMs = nowMs() + options.graceMs;
  const killAtMs = againAtMs + (options.againMs ?? 0);
  let again = false;
  let pauseMs = FIRST_PAUSE_MS;
  let any = false;
  for (;;) {
    const left = processes.members(options.of);
    const lateMs = nowMs() - killAtMs;
    const kill = options.hurry.begun || lateMs >= 0;
    if (!again && nowMs() >= againAtMs) {
      again = true;
      asked.clear();
    }
    const act = (members: readonly Member[]): void =>
      kill ? signalAll(processes, members, 'SIGKILL') : askToEnd(processes, members, asked);
    if (left.length === 0 && !areMore(processes, { of: options.of, any, act })) return [];
    if (lateMs > UNKILLABLE_MS) return left;
    act(left);
    any = true;
    await pause(lateMs < 0 ? Math.min(pauseMs, -lateMs) : pauseMs, options.hurry);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

interface Look {
  readonly of: CancelOptions['of'];
  /** There was some before. */
  readonly any: boolean;
  readonly act: (members: readonly Member[]) => void;
}

/**
 * After a listing without any. What was started during the listing may be missing in it, so there may be more where there was some.
 * Of one task's processes no more can be told; of all together it may be certain that some are left.
 */
function areMore(processes: Processes, look: Look): boolean {
  const hidden = processes.hidden();
  const certain = hidden === 'some' && look.of === undefined;
  if (hidden === 'none' || !(certain || look.any)) return false;
  return chase(processes, look) || certain || processes.members(look.of).length > 0;
}

/** True when there still was something. */
function chase(processes: Processes, { of, act }: Look): boolean {
  let any = false;
  processes.chase(CHASE_MS, (member) => {
    if (of !== undefined && (member.task === null || !of(member.task))) return false;
    any = true;
    act([member]);
    return false;
  });
  return any;
}

function askToEnd(processes: Processes, members: readonly Member[], asked: Set<number>): void {
  const missed = members.filter((member) => !asked.has(member.pid) && !asked.has(member.parent));
  signalAll(processes, missed, 'SIGTERM');
  for (const member of missed) asked.add(member.pid);
}

/** The identity is checked right before each signal: a pid that was given out again is never signalled. */
function signalAll(processes: Processes, members: readonly Member[], signal: 'SIGTERM' | 'SIGKILL'): void {
  for (const member of members) {
    if (!processes.isAlive(member)) continue;
    send(member.pid, signal);
    // A stopped process would not see SIGTERM before somebody continues it.
    if (signal === 'SIGTERM') send(member.pid, 'SIGCONT');
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile, or is another user's (sudo in a task): the next look tells.
  }
}

function pause(ms: number, hurry: Hurry): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      hurry.forget(done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (!hurry.begun) hurry.whenBegun(done);
  });
}
