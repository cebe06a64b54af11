import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../data/installation.ts';
import { FRAME, STAMP } from './frame.ts';
import { MemoryWatch } from './memory.ts';
import { callSeconds, elapsedSeconds, type Reading, readReport } from './reading.ts';
import type { ByHand, Load, TaskText, Way } from './way.ts';

/** A place that is removed when the measuring ends. */
export interface Place {
  readonly directory: string;
  /** Such a place in shared memory; the same where there is none. */
  readonly memory: string;
}

export interface Pass {
  readonly argv: readonly string[];
  readonly load: Load;
  readonly watchMemory: boolean;
}

/** The words of a run that failed. */
export class PassFailed extends Error {}

const valueFile = (place: Place, bytes: number): string => join(place.directory, `value-${bytes}`);

/** Text of one line without NUL, so that every way can carry it; no two lines of it are alike, so that nothing packs it. */
export function writeValue(place: Place, bytes: number): void {
  const chunk = Buffer.alloc(Math.min(bytes, 2 ** 20), 'abcdefghijklmnopqrstuvwxyz0123456789-');
  const path = valueFile(place, bytes);
  rmSync(path, { force: true });
  for (let left = bytes; left > 0; left -= chunk.length)
    writeFileSync(path, left < chunk.length ? chunk.subarray(0, left) : chunk, { flag: 'a', mode: 0o600 });
  if (bytes === 0) writeFileSync(path, '');
}

/** The command of a run through otto, in a directory that `inRoom` has made. */
export function ottoPass(way: Way, load: Load, room: string): string[] {
  const text = ottofileText(way, load);
  writeFileSync(join(room, 'otto.yml'), text);
  const cli = join(packageRoot, 'dist', 'cli.js');
  return [process.execPath, cli, 'run', '--quiet', '--store', way.store, '-j2', 'use'];
}

export function handPass(byHand: ByHand, load: Load, room: string): string[] {
  const path = join(room, 'by-hand.sh');
  writeFileSync(path, `set -eu\n${STAMP.bash}${byHand.script(load)}`);
  return ['bash', path];
}

/** An ottofile is YAML, and JSON is, too. */
export function ottofileText(way: Way, load: Load): string {
  const { language } = way;
  const task = ({ script, keys }: TaskText) => ({ ...keys, [language]: `${STAMP[language]}${script}` });
  const tasks = { make: task(way.make(load)), use: { before: ['make'], ...task(way.use(load)) } };
  return `${JSON.stringify({ otto: { name: 'bench' }, tasks }, null, 2)}\n`;
}

/** Makes a directory, calls `use` with it, and removes it and everything in it. */
export async function inRoom<T>(place: Place, use: (room: string) => Promise<T>): Promise<T> {
  const room = join(place.directory, 'room');
  const memory = join(place.memory, 'room-in-memory');
  for (const path of [room, memory]) mkdirSync(path, { mode: 0o700 });
  try {
    return await use(room);
  } finally {
    for (const path of [room, memory]) rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  }
}

export interface PassPlace {
  readonly place: Place;
  readonly room: string;
  readonly signal: AbortSignal;
}

/** Runs one pass and reads what it took. Throws PassFailed. */
export async function runPass(
  { argv, load, watchMemory }: Pass,
  { place, room, signal }: PassPlace,
): Promise<Reading> {
  const files = filesIn(room);
  const child = spawn('bash', ['-c', FRAME, 'bash', files.report, ...argv], {
    cwd: room,
    env: environment(place, load, room),
    // A session of its own: Ctrl-C is for otto bench, which then ends it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const end = (): void => void child.stdio[3]?.destroy();
  signal.addEventListener('abort', end);
  const watch = watchMemory && child.pid !== undefined ? new MemoryWatch(child.pid) : null;
  const { code, words } = await ended(child);
  signal.removeEventListener('abort', end);
  const peakBytes = watch?.stop() ?? null;
  if (code !== 0) throw new PassFailed(words.trim() || `it ended with exit code ${code} and said nothing`);
  const stamps = textOf(files.stamps);
  const seconds = elapsedSeconds(stamps);
  if (seconds === null) throw new PassFailed('it did not tell the time: bash 5 or newer does');
  return {
    seconds,
    callSeconds: callSeconds(stamps),
    ...readReport(textOf(files.report)),
    arrived: Number(textOf(files.count)),
    peakBytes,
  };
}

const filesIn = (room: string) => ({
  report: join(room, 'report'),
  stamps: join(room, 'stamps'),
  count: join(room, 'count'),
});

function environment(place: Place, { bytes }: Load, room: string): NodeJS.ProcessEnv {
  const { stamps, count } = filesIn(room);
  const own = Object.entries(process.env).filter(([name]) => !/^(OTTO|BENCH_|BASH_ENV$|LC_|LANG)/.test(name));
  return {
    ...Object.fromEntries(own),
    LC_ALL: 'C',
    OTTO_HOME: join(room, 'home'),
    BENCH_VALUE: valueFile(place, bytes),
    BENCH_BYTES: String(bytes),
    BENCH_STAMPS: stamps,
    BENCH_COUNT: count,
    BENCH_SHM: join(place.memory, 'room-in-memory'),
  };
}

/** As much of what it says as a message can hold. */
const MOST_WORDS = 4096;

async function ended(child: ChildProcess): Promise<{ readonly code: number | null; readonly words: string }> {
  let words = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (piece: Buffer) => {
      words = (words + piece).slice(-MOST_WORDS);
    });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, words };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
