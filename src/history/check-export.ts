import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { FailureError } from '../base/failure.ts';
import { attempt } from '../base/io-failure.ts';
import { checkAll, type Hashing, hashOf, type Recorded, type ValuesCheck } from './check-values.ts';
import { EXPORT_INDEX, type ExportedValue } from './export-values.ts';
import type { StoredValue } from './run-values.ts';

/** Compares the files of an export with its index. Throws a FailureError when there is no index that could be read. */
export function checkExport(directory: string, hashing: Hashing): Promise<ValuesCheck> {
  const values = readIndex(directory).map((value) => recordedOf(directory, value));
  return checkAll(values, (value) => hashOf(value, hashing));
}

function readIndex(directory: string): readonly ExportedValue[] {
  const path = join(directory, EXPORT_INDEX);
  const text = attempt('read', path, () => readFileSync(path, 'utf8'));
  const values = parse(text)?.values;
  if (!Array.isArray(values) || !values.every((value) => isExported(directory, value)))
    throw new FailureError({ kind: 'io', action: 'read', path, code: 'it is no index of exported values' });
  return values;
}

function parse(text: string): { readonly values?: unknown } | null {
  try {
    return JSON.parse(text) as { readonly values?: unknown } | null;
  } catch {
    return null;
  }
}

/** Whoever made the index: what it names lies in the directory. */
function isExported(directory: string, value: Partial<ExportedValue> | null): value is ExportedValue {
  if (typeof value?.file !== 'string' || typeof value.bytes !== 'number') return false;
  return !relative(directory, join(directory, value.file)).startsWith('..');
}

function recordedOf(directory: string, { file, ...value }: ExportedValue): Recorded {
  const source = { kind: 'file' as const, path: join(directory, file) };
  const stored: StoredValue = { ...value, place: 'file', source };
  return { value: stored, hashes: value.xxh128 === null ? [] : [value.xxh128] };
}
