import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Encoded } from './encode.ts';
import { originOf } from './origin.ts';
import { createSpoolFile, linkInto } from './spool-file.ts';
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
      const tag = TAGS[value.type];
      const file = (name: string): void => append(tag.toUpperCase(), key, Buffer.from(name));
      const origin = originOf(value);
      const linked = origin && linkInto(spool, origin.file);
      if (linked !== undefined) return file(linked);
      const data = dataOf(value);
      if (Buffer.byteLength(key) + data.length + 6 <= MAX_RECORD && !data.includes(0)) append(tag, key, data);
      else file(createSpoolFile(spool, (path) => writeNew(path, data)));
    },
    delete: (key) => append('d', key, Buffer.alloc(0)),
  };
}

const END = Buffer.from('\0.');

const dataOf = (value: Encoded): Uint8Array =>
  value.type === 'bytes' ? value.data : Buffer.from(value.text);

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
