import { isUtf8 } from 'node:buffer';
import type { TaskName } from '../../base/task-name.ts';
import { valueFailure } from '../journal.ts';
import type { ValueType } from '../value.ts';
import type { LargeFiles } from './large-files.ts';
import { meaningOf } from './row.ts';
import { LARGE_DIRECTORY } from './schema.ts';
import type { ValueRow } from './statements.ts';

/** A value as a row has it: in a file beside the database, or in the row itself. */
export type RowValue = { readonly key: string; readonly type: ValueType } & (
  | { readonly kind: 'file'; readonly path: string; readonly bytes: number }
  | { readonly kind: 'data'; readonly data: Buffer }
);

/** What is needed beside a row. */
export interface RowOrigin {
  readonly task: TaskName;
  readonly files: LargeFiles;
  readonly largestBytes: number;
  /** The value's bytes, where the row was answered without them. */
  readonly bytesOf: (row: ValueRow) => Uint8Array;
}

const FILE_NAME = new RegExp(`^${LARGE_DIRECTORY.replaceAll('.', '\\.')}/[^./\\0][^/\\0]*$`);

/** Throws a FailureError for what is no value. */
export function valueOfRow(row: ValueRow, origin: RowOrigin): RowValue {
  const { task } = origin;
  const key = keyOf(task, row);
  if (row.file !== null) return { kind: 'file', key, type: row.type ?? 'raw', ...fileOf(row, key, origin) };
  requireReadable(row, origin);
  const data = asBuffer(row.data ?? (isWithoutBytes(row) ? Buffer.alloc(0) : origin.bytesOf(row)));
  const meaning = meaningOf({ ...row, isOwn: row.own !== null }, data, row.real ?? 0);
  if (meaning.kind === 'refused') throw valueFailure(task, key, meaning.why);
  return { kind: 'data', key, type: meaning.type, data: meaning.data };
}

/** Throws a FailureError for what cannot be one. */
export function keyOf(task: TaskName, { key }: ValueRow): string {
  if (!isUtf8(key)) throw valueFailure(task, asBuffer(key).toString(), 'a key must be valid UTF-8');
  return asBuffer(key).toString();
}

function fileOf({ file }: ValueRow, key: string, { task, files }: RowOrigin) {
  // The table refuses other names, unless whoever sets them has told SQLite not to check.
  if (typeof file !== 'string' || !FILE_NAME.test(file))
    throw valueFailure(task, key, `its file is no ${LARGE_DIRECTORY}/NAME`);
  const path = files.absolute(file);
  const bytes = files.bytesOf(file);
  if (bytes === null) throw valueFailure(task, key, `there is no plain file ${path}`);
  return { path, bytes };
}

/** By hand SQLite takes larger values than can be read here. */
function requireReadable({ key, bytes }: ValueRow, { task, largestBytes }: RowOrigin): void {
  if (bytes === null || bytes <= largestBytes) return;
  const why = `it has ${bytes} bytes, and otto reads at most ${largestBytes} from a database: put it into a file in ${LARGE_DIRECTORY}, and that name into the column file`;
  throw valueFailure(task, asBuffer(key).toString(), why);
}

const isWithoutBytes = (row: ValueRow): boolean => row.class === 'null' || row.class === 'real';

function asBuffer(data: Uint8Array): Buffer {
  return Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
