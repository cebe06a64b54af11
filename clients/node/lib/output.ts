import { writeSync } from 'node:fs';
import { MAX_KEY_BYTES } from '../../../src/data/value.ts';
import { createBrokerWriter } from './broker-writer.ts';
import { type Encoded, encode } from './encode.ts';
import { forScript } from './for-script.ts';
import { createJournalWriter } from './journal-writer.ts';
import { createRegionWriter } from './region-writer.ts';
import { loadTask, spool, usesSharedMemory } from './task.ts';
import { isWellFormed } from './well-formed.ts';
import type { Writer } from './writer.ts';

/** OUTPUT, and what has to be called when the script ends. */
export interface Output {
  readonly output: Record<string, unknown>;
  /** Writes again the objects that have changed since they were set. Never throws: says what failed, and the task fails. */
  saveChanged(): void;
}

export function createOutput(): Output {
  let writer: Writer | undefined;
  const write = (): Writer => {
    writer ??= openWriter();
    return writer;
  };
  const values: Record<string, unknown> = Object.create(null);
  /** The JSON text that was last written of each object. */
  const written = new Map<string, string>();

  const keep = (key: string, encoded: Encoded): void => {
    try {
      write().set(key, encoded);
    } catch (error) {
      const why = (error instanceof Error ? error.message : String(error)) + hintFor(error);
      const place = usesBroker() ? 'its store' : spool;
      throw new Error(`OUTPUT[${JSON.stringify(key)}] cannot be kept in ${place}: ${why}`, { cause: error });
    }
  };
  const set = (key: string, value: unknown): void => {
    checkKey(key);
    const encoded = encode(key, value);
    keep(key, encoded);
    values[key] = value;
    if (isWatched(value, encoded)) written.set(key, encoded.text);
    else written.delete(key);
  };
  const saveOne = (key: string): void => {
    const encoded = encode(key, values[key]);
    if (encoded.type !== 'bytes' && encoded.text !== written.get(key)) keep(key, encoded);
  };
  const output = new Proxy(values, {
    set: forScript((_, key, value) => {
      set(nameOf(key), value);
      return true;
    }),
    defineProperty: forScript((_, key, { value }) => {
      set(nameOf(key), value);
      return true;
    }),
    deleteProperty: forScript((_, key) => {
      if (typeof key !== 'string' || !(key in values)) return true;
      write().delete(key);
      written.delete(key);
      return delete values[key];
    }),
  });
  return { output, saveChanged: () => saveAll([...written.keys()], saveOne) };
}

function openWriter(): Writer {
  if (usesSharedMemory) return createRegionWriter(spool);
  return usesBroker() ? createBrokerWriter() : createJournalWriter(spool);
}

/** What stands in the spool's journal without the addon is sent by otto when the task has ended. */
function usesBroker(): boolean {
  const { socket, addon } = loadTask();
  return socket !== undefined && addon !== null;
}

function isWatched(value: unknown, encoded: Encoded): encoded is Encoded & { type: 'json' } {
  return encoded.type === 'json' && typeof value === 'object' && value !== null;
}

function saveAll(keys: readonly string[], save: (key: string) => void): void {
  for (const key of keys) {
    try {
      save(key);
    } catch (error) {
      writeSync(2, `otto: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}\n`);
      process.exitCode = 1;
    }
  }
}

function nameOf(key: string | symbol): string {
  if (typeof key === 'symbol') throw new TypeError(`a key of OUTPUT is a string, not ${String(key)}`);
  return key;
}

function checkKey(key: string): void {
  const bytes = Buffer.byteLength(key);
  const shown = JSON.stringify(key);
  if (bytes < 1 || bytes > MAX_KEY_BYTES)
    throw new RangeError(`a key of OUTPUT has 1 to ${MAX_KEY_BYTES} bytes, this one has ${bytes}: ${shown}`);
  if (key.includes('\0')) throw new RangeError(`a key of OUTPUT must not hold NUL: ${shown}`);
  if (!isWellFormed(key)) throw new RangeError(`a key of OUTPUT must be valid Unicode: ${shown}`);
}

const hintFor = (error: unknown): string =>
  usesSharedMemory && (error as { code?: unknown }).code === 'no-space'
    ? ' (make room in /dev/shm or in the directory for what it cannot hold, which OTTO_SPILL_DIR names)'
    : '';
