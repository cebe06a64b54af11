import { closeSync, linkSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileOf } from './addon.ts';
import type { Encoded } from './encode.ts';
import type { Writer } from './writer.ts';

const MAX_RECORD = 4096;
const MAX_WRITE = 1 << 30;
const TAGS = { string: 's', json: 'j', bytes: 'b' } as const;

/**
 * Appends records to the journal (docs/task-protocol.md, section 2). It is opened anew for each record: the script owns
 * the process and may close any descriptor.
 */
export function createJournalWriter(spool: string): Writer {
  const append = (tag: string, key: string, payload: Uint8Array): void => {
    const record = Buffer.concat([Buffer.from(`\0${tag}${key}\0=`), payload, END]);
    const path = join(spool, 'journal');
    const fd = openSync(path, 'a', 0o600);
    try {
      if (writeSync(fd, record) !== record.length) throw new Error(`${path}: no space left for a record`);
    } finally {
      closeSync(fd);
    }
  };
  return {
    set(key, value) {
      const data = dataOf(value);
      const tag = TAGS[value.type];
      if (Buffer.byteLength(key) + data.length + 6 <= MAX_RECORD && !data.includes(0)) append(tag, key, data);
      else append(tag.toUpperCase(), key, Buffer.from(writeSpoolFile(spool, data)));
    },
    delete: (key) => append('d', key, Buffer.alloc(0)),
  };
}

const END = Buffer.from('\0.');

const dataOf = (value: Encoded): Uint8Array =>
  value.type === 'bytes' ? value.data : Buffer.from(value.text);

/** Returns the new file's name. */
function writeSpoolFile(spool: string, data: Uint8Array): string {
  const source = fileOf(data);
  if (source !== undefined) {
    try {
      return createSpoolFile(spool, (path) => linkSync(source, path));
    } catch {
      // Not every file system has links.
    }
  }
  return createSpoolFile(spool, (path) => writeNew(path, data));
}

function writeNew(path: string, data: Uint8Array): void {
  const fd = openSync(path, 'wx', 0o600);
  try {
    for (let at = 0; at < data.length; ) at += writeSync(fd, data, at, Math.min(data.length - at, MAX_WRITE));
  } catch (error) {
    unlinkSync(path);
    throw error;
  } finally {
    closeSync(fd);
  }
}

let lastNumber = 0;

/** Name of the file that `make` has made; EEXIST makes it try the next name. */
function createSpoolFile(spool: string, make: (path: string) => void): string {
  for (;;) {
    const name = `${process.pid}-${++lastNumber}.value`;
    try {
      make(join(spool, name));
      return name;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
