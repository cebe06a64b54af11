import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FailureError } from '../base/failure.ts';
import { attempt } from '../base/io-failure.ts';
import { type Member, MemberScanner } from './json-members.ts';
import type { Entry, KeptValue } from './value.ts';

/** A value that stands in a task's output JSON, or in a file beside it. */
export interface OutputValue extends Entry {
  /** Null: history has not hashed it yet, or did not get to writing it down. */
  readonly xxh128: string | null;
}

/**
 * The values of a task's output JSON (docs/task-protocol.md, section 4) in their order, whatever the file's size: it is read in
 * pieces, and what stands in it is read again when it is asked for. `kept` is what run.json says of the values, if anything.
 */
export function readOutput(path: string, kept: readonly KeptValue[]): OutputValue[] {
  const known = new Map(kept.map((value) => [value.key, value]));
  return withFile(path, (fd) =>
    membersOf(fd, path).map((member) => outputValue({ path, fd, member }, known.get(member.key) ?? null)),
  );
}

interface Place {
  readonly path: string;
  readonly fd: number;
  readonly member: Member;
}

const PIECE_BYTES = 1024 * 1024;

function membersOf(fd: number, path: string): Member[] {
  const scanner = new MemberScanner();
  const members: Member[] = [];
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  for (;;) {
    const length = readSync(fd, piece, 0, PIECE_BYTES, null);
    if (length === 0) break;
    for (const member of scanner.push(piece.subarray(0, length))) members.push(member);
  }
  if (!scanner.complete) throw damaged(path, 'not the JSON that otto writes');
  return members;
}

const TAG = '{"$otto":';
const WRAPPED = `${TAG}"value","value":`;
const BYTES = `${TAG}"bytes","base64":"`;
const FILE = `${TAG}"file",`;
/** Enough to tell them apart. */
const HEAD_BYTES = 64;

function outputValue(place: Place, known: KeptValue | null): OutputValue {
  const { path, fd, member } = place;
  const { key, start, end } = member;
  const head = slice(fd, start, Math.min(end, start + HEAD_BYTES)).toString('latin1');
  if (head.startsWith(FILE)) return fileValue(place);
  const decode = decoderOf(head, path);
  const { ino, size } = fstatSync(fd);
  const load = (again: number): Buffer => {
    const now = fstatSync(again);
    const { data } =
      now.ino === ino && now.size === size
        ? decode(slice(again, start, end), known?.type ?? null)
        : findAnew(again, path, key);
    return data;
  };
  const { type, bytes } = known ?? sizeOf(decode(slice(fd, start, end), null));
  const source = {
    kind: 'memory' as const,
    get data(): Buffer {
      return withFile(path, load);
    },
  };
  return { key, type, bytes, xxh128: known?.xxh128 ?? null, source };
}

/** The same value in a JSON that has taken the first one's place: the files store writes it a second time, with all hashes. */
function findAnew(fd: number, path: string, key: string): Decoded {
  const member = membersOf(fd, path).find((one) => one.key === key);
  if (member === undefined) throw damaged(path, `there is no ${JSON.stringify(key)} in it any more`);
  const text = slice(fd, member.start, member.end);
  return decoderOf(text.toString('latin1', 0, HEAD_BYTES), path)(text, null);
}

interface Decoded {
  readonly type: KeptValue['type'];
  readonly data: Buffer;
}

const sizeOf = ({ type, data }: Decoded) => ({ type, bytes: data.length, xxh128: null });

/** The value's own bytes, from its JSON. The type that is known tells JSON text that is a string from a string. */
type Decode = (text: Buffer, known: KeptValue['type'] | null) => Decoded;

function decoderOf(head: string, path: string): Decode {
  if (head.startsWith(BYTES))
    return (text) => ({
      type: 'bytes',
      data: Buffer.from(text.toString('latin1', BYTES.length, text.length - 2), 'base64'),
    });
  if (head.startsWith(WRAPPED))
    return (text) => ({ type: 'json', data: text.subarray(WRAPPED.length, text.length - 1) });
  if (head.startsWith(TAG)) throw damaged(path, `a tag that this otto does not know: ${head.split(',')[0]}`);
  if (!head.startsWith('"')) return (text) => ({ type: 'json', data: text });
  return (text, known) => (known === 'json' ? { type: 'json', data: text } : decodeString(text, path));
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** What UTF-8 cannot hold was JSON text already when it was set. */
function decodeString(text: Buffer, path: string): Decoded {
  const string = parse(text, path) as string;
  if (LONE_SURROGATE.test(string)) return { type: 'json', data: text };
  return { type: 'string', data: Buffer.from(string) };
}

function fileValue({ path, fd, member: { key, start, end } }: Place): OutputValue {
  const tag = parse(slice(fd, start, end), path) as Record<string, unknown>;
  const {
    type,
    path: name,
    bytes,
    xxh128 = null,
  } = tag as Record<'type' | 'path' | 'bytes' | 'xxh128', unknown>;
  const isTag =
    (type === 'string' || type === 'bytes' || type === 'json' || type === 'raw') &&
    typeof name === 'string' &&
    /^values\/\d+$/.test(name) &&
    Number.isSafeInteger(bytes) &&
    (bytes as number) >= 0 &&
    (xxh128 === null || typeof xxh128 === 'string');
  if (!isTag) throw damaged(path, 'a tag of a file that otto did not write');
  return {
    key,
    type,
    bytes: bytes as number,
    xxh128,
    source: { kind: 'file', path: join(dirname(path), name) },
  };
}

function parse(text: Buffer, path: string): unknown {
  try {
    return JSON.parse(text.toString());
  } catch {
    throw damaged(path, 'not valid JSON');
  }
}

/** A plain file or none: a pipe of that name would never answer. */
function withFile<T>(path: string, use: (fd: number) => T): T {
  return attempt('read', path, () => {
    const fd = openSync(path, 'r');
    try {
      if (!fstatSync(fd).isFile()) throw damaged(path, 'not a plain file');
      return use(fd);
    } finally {
      closeSync(fd);
    }
  });
}

function slice(fd: number, start: number, end: number): Buffer {
  const bytes = Buffer.allocUnsafe(end - start);
  const length = readSync(fd, bytes, 0, bytes.length, start);
  return bytes.subarray(0, length);
}

const damaged = (path: string, code: string): FailureError =>
  new FailureError({ kind: 'io', action: 'read', path, code });
