import type { Freshness } from '../../ottofile/model.ts';
import type { FileState, FoundFiles } from './files.ts';
import type { StaleReason } from './reason.ts';
import type { FreshRecord, RecordedFile } from './record.ts';

/** A file, with the hash of its contents when that has been asked for. */
export interface KnownFile extends FileState {
  readonly xxh128?: string;
}

/** What is to be compared with the last successful run, apart from values. */
export interface Present {
  readonly parts: Readonly<Record<string, string>>;
  readonly inputs: FoundFiles & { readonly files: readonly KnownFile[] };
  readonly outputs: FoundFiles & { readonly files: readonly KnownFile[] };
}

/** Why a task has to run, as far as its definition and its files tell; null: they give no reason. */
export function staleness(fresh: Freshness, present: Present, record: FreshRecord): StaleReason | null {
  return (
    redefined(present.parts, record.parts) ??
    lacking(present) ??
    otherList(present.inputs.files, record.inputs) ??
    meanwhile(record) ??
    (fresh === 'hash' ? otherContents(present, record) : newerInput(present, record))
  );
}

function redefined(now: Present['parts'], then: FreshRecord['parts']): StaleReason | null {
  const what =
    Object.keys(now).find((part) => now[part] !== then[part]) ??
    Object.keys(then).find((part) => now[part] === undefined);
  return what === undefined ? null : { kind: 'redefined', what };
}

export function lacking({ inputs, outputs }: Pick<Present, 'inputs' | 'outputs'>): StaleReason | null {
  if (inputs.missing !== null) return { kind: 'no-input', pattern: inputs.missing };
  if (outputs.missing !== null) return { kind: 'no-output', pattern: outputs.missing };
  const file = inputs.unreadable ?? outputs.unreadable;
  return file === null ? null : { kind: 'unreadable', file };
}

function otherList(now: readonly FileState[], then: readonly RecordedFile[]): StaleReason | null {
  const known = new Set(then.map(({ path }) => path));
  const added = now.find(({ path }) => !known.has(path));
  if (added !== undefined) return { kind: 'input-added', file: added.path };
  const there = new Set(now.map(({ path }) => path));
  const removed = then.find(({ path }) => !there.has(path));
  return removed === undefined ? null : { kind: 'input-removed', file: removed.path };
}

const meanwhile = ({ changedMeanwhile: file }: FreshRecord): StaleReason | null =>
  typeof file === 'string' ? { kind: 'input-changed-meanwhile', file } : null;

/** As make does it; an older file of another size, moved to an input's place, is noticed as well. */
function newerInput({ inputs, outputs }: Present, { inputs: recorded }: FreshRecord): StaleReason | null {
  const newest = extreme(inputs.files, (one, other) => one.mtimeNs > other.mtimeNs);
  const oldest = extreme(outputs.files, (one, other) => one.mtimeNs < other.mtimeNs);
  if (newest !== null && oldest !== null && newest.mtimeNs > oldest.mtimeNs)
    return { kind: 'input-newer', input: newest.path, output: oldest.path };
  const sizes = new Map(recorded.map(({ path, size }) => [path, size]));
  const resized = inputs.files.find(({ path, size, isFile }) => isFile && sizes.get(path) !== size);
  return resized === undefined ? null : { kind: 'input-changed', file: resized.path };
}

function extreme(
  files: readonly FileState[],
  isBeyond: (one: FileState, other: FileState) => boolean,
): FileState | null {
  return files.reduce<FileState | null>(
    (best, file) => (best === null || isBeyond(file, best) ? file : best),
    null,
  );
}

function otherContents({ inputs, outputs }: Present, record: FreshRecord): StaleReason | null {
  const input = changedFile(inputs.files, record.inputs);
  if (input !== null) return { kind: 'input-changed', file: input };
  const output = changedFile(outputs.files, record.outputs ?? []);
  return output === null ? null : { kind: 'output-changed', file: output };
}

/** The first file whose contents are not the recorded ones, in both directions. */
function changedFile(now: readonly KnownFile[], then: readonly RecordedFile[]): string | null {
  const known = new Map(then.map((file) => [file.path, file.xxh128]));
  for (const { path, xxh128 } of now) {
    if (xxh128 === undefined || known.get(path) !== xxh128) return path;
    known.delete(path);
  }
  return known.keys().next().value ?? null;
}
