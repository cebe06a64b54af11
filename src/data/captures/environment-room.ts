import { readFileSync } from 'node:fs';

const KIB = 1024;
/** What Linux allows however large the stack may grow, and what macOS allows. */
const MOST_BYTES = 6 * KIB * KIB;
const ELSEWHERE_BYTES = KIB * KIB;
const LEAST_BYTES = 128 * KIB;

/**
 * What variables of ours may take of the room for arguments and environment: half of what the system gives, less what otto itself was
 * started with. The other half is the task's own: its `envs`, and the arguments of the programs that it starts.
 */
export function environmentRoom(environment: NodeJS.ProcessEnv = process.env): number {
  let taken = 0;
  for (const [name, value = ''] of Object.entries(environment))
    taken += Buffer.byteLength(name) + Buffer.byteLength(value) + 10;
  return argumentBytes() / 2 - taken;
}

/** Linux: a quarter of the stack's limit. */
function argumentBytes(): number {
  const limits = readLimits();
  const [, soft] = /^Max stack size\s+(\d+|unlimited)/m.exec(limits) ?? [];
  if (soft === undefined) return ELSEWHERE_BYTES;
  const quarter = soft === 'unlimited' ? MOST_BYTES : Number(soft) / 4;
  return Math.min(Math.max(quarter, LEAST_BYTES), MOST_BYTES);
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return '';
  }
}
