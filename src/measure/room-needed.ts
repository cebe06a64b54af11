import { statfsSync } from 'node:fs';
import { freemem } from 'node:os';
import { sizeWords } from '../report/words.ts';
import type { Place } from './pass.ts';
import type { Load } from './way.ts';

/** The value, what is passed, its copy in history, and what a store keeps besides. */
const COPIES_ON_DISK = 4;
const COPIES_IN_MEMORY = 3;
/** So much has to stay free for everybody else. */
const SPARE_BYTES = 64 * 2 ** 20;

/** Null when there is room for the load, else what is missing. */
export function lackOfRoom({ bytes, values }: Load, { directory, memory }: Place): string | null {
  const total = bytes * values;
  const places = [
    { name: directory, free: freeIn(directory), needed: total * COPIES_ON_DISK },
    { name: memory, free: freeIn(memory), needed: total * COPIES_IN_MEMORY },
    { name: 'memory', free: availableMemory(), needed: total * COPIES_IN_MEMORY },
  ];
  const short = places.find(({ free, needed }) => free < needed + SPARE_BYTES);
  return short === undefined
    ? null
    : `it needs ${sizeWords(short.needed + SPARE_BYTES)} in ${short.name}; ${sizeWords(short.free)} are free`;
}

function freeIn(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

/** What programs can have without others losing theirs; on Linux from MemAvailable. */
const availableMemory = (): number =>
  (process as { availableMemory?: () => number }).availableMemory?.() ?? freemem();
