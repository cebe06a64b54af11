import { isUtf8 } from 'node:buffer';
import type { TaskName } from '../base/task-name.ts';
import { bytesOf, resolveTypeOf } from './entry-bytes.ts';
import { valueFailure } from './journal.ts';
import { type Entry, MAX_INLINE_BASE64_BYTES, MAX_INLINE_JSON_BYTES, type ValueType } from './value.ts';

/** A value that stands beside the JSON: what the JSON says about its file. */
export interface PlacedFile {
  /** `raw` and no hash: not known yet, a later version of the JSON will say. */
  readonly type: ValueType;
  readonly bytes: number;
  readonly xxh128: string | null;
}

/** What encodeOutput tells its caller, value by value and in order. */
export interface OutputObserver {
  /** Puts the value into the file `values/<position>` next to the JSON, unless it is there already. */
  place(entry: Entry, position: number): Promise<PlacedFile>;
  /** The value stands in the JSON itself. */
  inline(entry: Entry, type: 'string' | 'bytes' | 'json', data: Buffer): Promise<void>;
}

/**
 * The JSON of a task's values (docs/task-protocol.md, section 4) in pieces of at most one value each, so that memory holds
 * one value at a time. Equal entries give equal bytes, whatever store they come from.
 */
export async function* encodeOutput(
  task: TaskName,
  entries: readonly Entry[],
  observer: OutputObserver,
): AsyncGenerator<string> {
  if (entries.length === 0) {
    yield '{}\n';
    return;
  }
  let position = 0;
  for (const entry of entries) {
    position++;
    yield `${position === 1 ? '{' : ','}\n  ${JSON.stringify(entry.key)}: `;
    const inline = await inlineData(entry);
    if (inline === null) {
      yield fileTag(await observer.place(entry, position), position);
    } else {
      // Encoded first: a value that is refused was not kept.
      const text = encodeInline(task, entry.key, inline);
      await observer.inline(entry, inline.type, inline.data);
      yield text;
    }
  }
  yield '\n}\n';
}

interface InlineValue {
  readonly type: 'string' | 'bytes' | 'json';
  readonly data: Buffer;
}

/** The value's bytes when they belong into the JSON, null when they belong beside it. */
async function inlineData(entry: Entry): Promise<InlineValue | null> {
  if (entry.bytes > MAX_INLINE_JSON_BYTES) return null;
  if (entry.type === 'bytes' && entry.bytes > MAX_INLINE_BASE64_BYTES) return null;
  const data = await bytesOf(entry);
  const type = resolveTypeOf(entry.type, data);
  return type === 'bytes' && data.length > MAX_INLINE_BASE64_BYTES ? null : { type, data };
}

function encodeInline(task: TaskName, key: string, { type, data }: InlineValue): string {
  switch (type) {
    case 'string':
      return JSON.stringify(data.toString());
    case 'bytes':
      return `{"$otto":"bytes","base64":"${data.toString('base64')}"}`;
    case 'json':
      return encodeJson(task, key, data);
  }
}

/** Verbatim, so that numbers keep all their digits; parsed only to refuse what would break the whole file. */
function encodeJson(task: TaskName, key: string, data: Buffer): string {
  const text = data.toString();
  if (!isUtf8(data)) throw valueFailure(task, key, 'its JSON text is not valid UTF-8');
  const parsed = parseJson(task, key, text);
  const looksLikeTag = typeof parsed === 'object' && parsed !== null && Object.hasOwn(parsed, '$otto');
  return looksLikeTag ? `{"$otto":"value","value":${text}}` : text;
}

function parseJson(task: TaskName, key: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw valueFailure(task, key, 'its text is not valid JSON');
  }
}

function fileTag({ type, bytes, xxh128 }: PlacedFile, position: number): string {
  const hash = xxh128 === null ? '' : `,"xxh128":"${xxh128}"`;
  return `{"$otto":"file","type":"${type}","path":"values/${position}","bytes":${bytes}${hash}}`;
}
