import { resolve } from 'node:path';
import type { Hasher } from '../../data/checksum.ts';
import type { Located } from '../../ottofile/model.ts';
import { type KnownFile, type Present, staleness } from './compare.ts';
import { hashParts, lookupOf, type TaskToCheck } from './definition.ts';
import { type FileState, type FoundFiles, findFiles } from './files.ts';
import { expandPattern, type Lookup } from './pattern.ts';
import type { StaleReason } from './reason.ts';
import { type FreshRecord, type RecordedFile, readRecord, recordPath } from './record.ts';

/** What deciding takes, apart from the task. */
export interface Surroundings {
  /** The project's directory in otto's home. */
  readonly project: string;
  /** What otto was started with. */
  readonly inherited: Readonly<Record<string, string | undefined>>;
  readonly hasher: Hasher;
}

/** A task's definition and files beside what its last successful run recorded. */
export interface Inspection {
  readonly present: Present;
  /** `output`, with the values of its variables. */
  readonly outputPatterns: readonly string[];
  readonly record: FreshRecord | null;
  /** Null: nothing but values can make it run. */
  readonly reason: StaleReason | null;
}

/** Looks at everything that does not depend on values of other tasks. Rejects when a pattern names a variable that is not set. */
export async function inspect(reached: TaskToCheck, surroundings: Surroundings): Promise<Inspection> {
  const { name, definition } = reached.task;
  const lookup = lookupOf(reached, surroundings.inherited);
  const patterns = {
    inputs: await expandAll(definition.input, lookup),
    outputs: await expandAll(definition.output, lookup),
  };
  const path = recordPath(surroundings.project, name);
  const found = readRecord(path);
  const record = found === 'newer' ? null : found;
  const present = await lookAt(reached, { patterns, record }, surroundings);
  const reason = (): StaleReason | null => {
    if (found === 'newer') return { kind: 'newer-record', path };
    return record === null ? { kind: 'not-recorded' } : staleness(definition.fresh, present, record);
  };
  return { present, record, outputPatterns: patterns.outputs, reason: reason() };
}

interface ToLookAt {
  readonly patterns: { readonly inputs: readonly string[]; readonly outputs: readonly string[] };
  readonly record: FreshRecord | null;
}

async function lookAt(
  reached: TaskToCheck,
  { patterns, record }: ToLookAt,
  { hasher }: Surroundings,
): Promise<Present> {
  const { directory, fresh } = reached.task.definition;
  const outputs = await findFiles(patterns.outputs, directory);
  const inputs = without(await findFiles(patterns.inputs, directory), outputs.files);
  const parts = await hashParts(reached, hasher);
  if (fresh !== 'hash') return { parts, inputs, outputs };
  const known = { inputs: record?.inputs ?? [], outputs: record?.outputs ?? [] };
  const hashing = { directory, recordedAt: record?.at ?? null, hasher };
  return {
    parts,
    inputs: { ...inputs, files: await hashFiles(inputs.files, { ...hashing, known: known.inputs }) },
    outputs: { ...outputs, files: await hashFiles(outputs.files, { ...hashing, known: known.outputs }) },
  };
}

const expandAll = (patterns: readonly Located[], lookup: Lookup): Promise<string[]> =>
  Promise.all(patterns.map((pattern) => expandPattern(pattern, lookup)));

/** What a task makes is no input of it, although a wide pattern may name it. */
export function without(inputs: FoundFiles, outputs: readonly FileState[]): FoundFiles {
  const made = new Set(outputs.map(({ path }) => path));
  return { ...inputs, files: inputs.files.filter(({ path }) => !made.has(path)) };
}

export interface Hashing {
  readonly directory: string;
  /** What the last run knew of the same files. */
  readonly known: readonly RecordedFile[];
  /** When that was; ISO 8601. */
  readonly recordedAt: string | null;
  readonly hasher: Hasher;
}

/** A file that changes within this time of being hashed may keep its times: file systems count in steps. */
const SETTLED_NS = 2_000_000_000n;

/** Reads what has changed since it was hashed last. A file that cannot be read has no hash, and so is never the same. */
export async function hashFiles(
  files: readonly FileState[],
  hashing: Hashing,
): Promise<readonly KnownFile[]> {
  const { directory, recordedAt, hasher } = hashing;
  const recordedNs = BigInt(Date.parse(recordedAt ?? '') || 0) * 1_000_000n;
  const known = new Map(hashing.known.map((file) => [file.path, file]));
  const hashed: KnownFile[] = [];
  for (const file of files) {
    const before = known.get(file.path);
    const settled =
      before !== undefined &&
      isUntouched(file, before) &&
      String(file.ctimeNs) === before.ctimeNs &&
      file.mtimeNs + SETTLED_NS < recordedNs;
    const xxh128 = settled ? before.xxh128 : await hashOf(file, resolve(directory, file.path), hasher);
    hashed.push(xxh128 === undefined ? file : { ...file, xxh128 });
  }
  return hashed;
}

export const isUntouched = (file: FileState, before: RecordedFile): boolean =>
  file.size === before.size && String(file.mtimeNs) === before.mtimeNs;

async function hashOf({ isFile }: FileState, path: string, hasher: Hasher): Promise<string | undefined> {
  if (!isFile) return undefined;
  try {
    return (await hasher.copyAndHash(path, null)).xxh128;
  } catch {
    return undefined;
  }
}
