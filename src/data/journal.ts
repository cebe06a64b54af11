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
  readonly fileName: 'journal' | 'outputs';
}

const TYPES: Readonly<Record<string, ValueType>> = { s: 'raw', b: 'bytes', j: 'json' };
const SPOOL_FILE_NAME = /^[0-9]+-[0-9]+\.value$/;

/**
 * The records of a journal in the order in which they were written. An incomplete one at the end is ignored: its writer was
 * killed. Throws FailureError 'value' for bytes that no client writes. The data are views of `bytes`.
 */
export function parseJournal(bytes: Buffer, origin: JournalOrigin): JournalRecord[] {
  const records: JournalRecord[] = [];
  let at = 0;
  while (at < bytes.length) {
    const keyEnd = bytes.indexOf(0, at + 1);
    const payloadEnd = keyEnd < 0 ? -1 : bytes.indexOf(0, keyEnd + 1);
    if (payloadEnd < 0) break;
    const tag = String.fromCharCode(bytes[at] ?? 0);
    const key = parseKey(bytes.subarray(at + 1, keyEnd), origin);
    records.push(toRecord({ tag, key, payload: bytes.subarray(keyEnd + 1, payloadEnd), origin }));
    at = payloadEnd + 1;
  }
  return records;
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

interface RawRecord {
  readonly tag: string;
  readonly key: string;
  readonly payload: Buffer;
  readonly origin: JournalOrigin;
}

function toRecord({ tag, key, payload, origin }: RawRecord): JournalRecord {
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
