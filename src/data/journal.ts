import { isUtf8 } from 'node:buffer';
import { FailureError } from '../base/failure.ts';
import type { TaskName } from '../base/task-name.ts';
import { MAX_KEY_BYTES, type ValueType } from './value.ts';

/** One complete record of `journal` or `outputs` (docs/task-protocol.md, section 2). */
export type JournalRecord =
  | { readonly kind: 'inline'; readonly key: string; readonly type: ValueType; readonly data: Buffer }
  | { readonly kind: 'file'; readonly key: string; readonly type: ValueType; readonly fileName: string }
  | { readonly kind: 'deleted'; readonly key: string };

/** A value that a journal holds at its end. */
export type JournalValue = Exclude<JournalRecord, { kind: 'deleted' }>;

/** Whose bytes are parsed, for the words of a failure. */
export interface JournalOrigin {
  readonly task: TaskName;
  readonly fileName: 'sent' | 'journal' | 'outputs' | 'exported';
}

/** What a record says of its key. */
export type RecordedValue =
  | { readonly kind: 'inline'; readonly type: ValueType; readonly data: Uint8Array }
  | { readonly kind: 'file'; readonly type: ValueType; readonly fileName: string }
  | { readonly kind: 'deleted' };

/** A record is written by one write(2), and is not longer than this. */
export const MAX_RECORD_BYTES = 4096;

const TYPES: Readonly<Record<string, ValueType>> = { s: 'raw', b: 'bytes', j: 'json' };
const SPOOL_FILE_NAME = /^[0-9]+-[0-9]+\.value$/;

/**
 * The records of a journal in the order in which they were written. One that was cut short, wherever it stands, is ignored:
 * its writer was killed or had no space. Throws FailureError 'value' for bytes that no client writes. The data are views of
 * `bytes`.
 */
export function parseJournal(bytes: Buffer, origin: JournalOrigin): JournalRecord[] {
  const records: JournalRecord[] = [];
  let name = EMPTY;
  let value = EMPTY;
  for (const field of fieldsOf(bytes)) {
    if (field.length === 1 && field[0] === END && value[0] === VALUE)
      records.push(toRecord(name, value.subarray(1), origin));
    [name, value] = [value, field];
  }
  return records;
}

const EMPTY: Buffer = Buffer.alloc(0);
const VALUE = '='.charCodeAt(0);
const END = '.'.charCodeAt(0);

/** Every field begins with NUL, so that a field that was cut short does not run into the next one. */
function* fieldsOf(bytes: Buffer): Generator<Buffer> {
  for (let at = bytes.indexOf(0); at >= 0; ) {
    const next = bytes.indexOf(0, at + 1);
    yield bytes.subarray(at + 1, next < 0 ? bytes.length : next);
    at = next;
  }
}

const TAGS: Readonly<Record<ValueType, string>> = { string: 's', raw: 's', bytes: 'b', json: 'j' };

/** The bytes of a record; null for a value that needs a file of its own. */
export function journalRecord(key: string, value: RecordedValue): Buffer | null {
  const tag = value.kind === 'deleted' ? 'd' : TAGS[value.type];
  const shown = value.kind === 'file' ? tag.toUpperCase() : tag;
  const payload =
    value.kind === 'inline' ? value.data : Buffer.from(value.kind === 'file' ? value.fileName : '');
  if (payload.includes(0)) return null;
  const record = Buffer.concat([Buffer.from(`\0${shown}${key}\0=`), payload, Buffer.from('\0.')]);
  return record.length > MAX_RECORD_BYTES ? null : record;
}

/** Last record of a key wins; keys stand in the order of their first records, a deleted key starts anew. */
export function lastWins(records: Iterable<JournalRecord>): JournalValue[] {
  const values = new Map<string, JournalValue>();
  for (const record of records) {
    if (record.kind === 'deleted') values.delete(record.key);
    else values.set(record.key, record);
  }
  return [...values.values()];
}

/** The failure for a task's value that otto cannot take. */
export function valueFailure(task: TaskName, key: string, detail: string): FailureError {
  return new FailureError({ kind: 'value', task, key, detail });
}

function parseKey(bytes: Buffer, origin: JournalOrigin): string {
  const key = bytes.toString();
  if (bytes.length === 0) throw valueFailure(origin.task, key, 'a key must not be empty');
  if (bytes.length > MAX_KEY_BYTES)
    throw valueFailure(
      origin.task,
      key,
      `a key is at most ${MAX_KEY_BYTES} bytes, this one is ${bytes.length}`,
    );
  if (!isUtf8(bytes)) throw valueFailure(origin.task, key, 'a key must be valid UTF-8');
  return key;
}

function toRecord(name: Buffer, payload: Buffer, origin: JournalOrigin): JournalRecord {
  const tag = name.toString('latin1', 0, 1);
  const key = parseKey(name.subarray(1), origin);
  if (tag === 'd') return { kind: 'deleted', key };
  const inline = TYPES[tag];
  if (inline !== undefined) return { kind: 'inline', key, type: inline, data: payload };
  const type = TYPES[tag.toLowerCase()];
  if (type === undefined)
    throw valueFailure(
      origin.task,
      key,
      `${origin.fileName} holds a record with the unknown tag ${JSON.stringify(tag)}`,
    );
  const fileName = payload.toString();
  if (!SPOOL_FILE_NAME.test(fileName))
    throw valueFailure(
      origin.task,
      key,
      `${origin.fileName} names ${JSON.stringify(fileName)}, which is no spool file`,
    );
  return { kind: 'file', key, type, fileName };
}
