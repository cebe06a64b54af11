import { readdirSync, readFileSync } from 'node:fs';
import { parseStat } from '../run/process-table.ts';

/** Often enough for a pass of a few hundred milliseconds. */
const EVERY_MS = 10;

/**
 * Watches how much memory the processes below one take together: what only they have (each page once, however many share it), and
 * by how much shared memory and tmpfs grow on the whole machine. Linux; elsewhere nothing is known.
 */
export class MemoryWatch {
  readonly #root: number;
  readonly #sharedBefore = sharedBytes();
  readonly #timer: NodeJS.Timeout;
  #peak = 0;

  constructor(root: number) {
    this.#root = root;
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
  }

  /** The most that was seen; null where the system does not tell. */
  stop(): number | null {
    clearInterval(this.#timer);
    return this.#peak === 0 ? null : this.#peak;
  }

  #look(): void {
    if (this.#sharedBefore === null) return;
    const own = descendants(this.#root).reduce((sum, pid) => sum + privateBytes(pid), 0);
    const shared = (sharedBytes() ?? this.#sharedBefore) - this.#sharedBefore;
    this.#peak = Math.max(this.#peak, own + Math.max(0, shared));
  }
}

function descendants(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const entry = parseStat(readText(`/proc/${pid}/stat`) ?? '', 0);
    if (entry !== null) parents.set(pid, entry.parent);
  }
  const isBelow = (pid: number | undefined): boolean =>
    pid === root || (pid !== undefined && pid > 1 && isBelow(parents.get(pid)));
  return [...parents.keys()].filter((pid) => isBelow(pid));
}

const privateBytes = (pid: number): number => kilobytes(`/proc/${pid}/smaps_rollup`, 'Pss_Anon') ?? 0;
const sharedBytes = (): number | null => kilobytes('/proc/meminfo', 'Shmem');

function kilobytes(path: string, field: string): number | null {
  const [, number] = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readText(path) ?? '') ?? [];
  return number === undefined ? null : Number(number) * 1024;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
