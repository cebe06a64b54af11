import { isUtf8 } from 'node:buffer';
import type { Region } from '../../../src/data/native.ts';
import type { ValueType } from '../../../src/data/value.ts';
import type { Encoded } from './encode.ts';

/** A value with a file of its own that the script has read. When it is set unchanged as an output, that file is linked. */
export interface Origin {
  readonly type: ValueType;
  readonly bytes: number;
  /** Holds just the value's bytes, which never change. */
  readonly file: string;
  /** Where it is published, in shared memory. */
  readonly published?: { readonly region: Region; readonly key: string };
  /** Its bytes on pages that nobody can write to; null where the system does not give such. */
  mapped(): Uint8Array | null;
}

/** The buffers of whole views that the script was given. */
const viewed = new WeakMap<ArrayBufferLike, Origin>();
/** By size, what it was given copies of. */
const copied = new Map<number, Set<Origin>>();
/** Smaller ones are copied faster than they are found. */
const MIN_COPIED = 1 << 20;

/** The script was given the whole value without a copy: what it sets of this buffer is the value still. */
export function rememberView(view: Uint8Array, origin: Origin): void {
  if (view.byteLength > 0 && origin.mapped()?.buffer === view.buffer) viewed.set(view.buffer, origin);
}

/** The script was given the value as a string, Buffer or object, which it may change. */
export function rememberCopy(origin: Origin): void {
  if (origin.bytes < MIN_COPIED) return;
  const known = copied.get(origin.bytes);
  if (known === undefined) copied.set(origin.bytes, new Set([origin]));
  else known.add(origin);
}

/** The origin that has just these bytes, perhaps with another type. Those of copies are compared. */
export function originOf(value: Encoded): Origin | undefined {
  if (value.type !== 'bytes') return mayBeCopied(value.text) ? equalCopy(Buffer.from(value.text)) : undefined;
  const { data } = value;
  const view = data.byteLength === data.buffer.byteLength ? viewed.get(data.buffer) : undefined;
  return view ?? equalCopy(data);
}

/** Whether the origin's own type says the same of these bytes as the value's does. */
export function hasTypeOf(origin: Origin, value: Encoded): boolean {
  if (origin.type === value.type) return true;
  if (origin.type !== 'raw' || value.type === 'json') return false;
  if (value.type === 'string') return true;
  return !isUtf8(value.data);
}

/** UTF-8 has one to three bytes for each unit of a string. */
function mayBeCopied({ length }: string): boolean {
  if (3 * length < MIN_COPIED) return false;
  for (const bytes of copied.keys()) if (bytes >= length && bytes <= 3 * length) return true;
  return false;
}

function equalCopy(data: Uint8Array): Origin | undefined {
  for (const origin of copied.get(data.byteLength) ?? []) {
    const bytes = origin.mapped();
    if (bytes !== null && Buffer.compare(data, bytes) === 0) return origin;
  }
  return undefined;
}
