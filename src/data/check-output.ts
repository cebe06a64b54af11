import { isUtf8 } from 'node:buffer';
import { type DeclaredOutput, type Replacement, typeWords } from './declared-outputs.ts';
import { bytesOf } from './entry-bytes.ts';
import { schemaJudge } from './schema-check.ts';
import { type Found, judge, showFound, type Verdict } from './typed-value.ts';
import { Utf8Stream } from './utf8-stream.ts';
import type { Entry } from './value.ts';
import { piecesOf } from './value-bytes.ts';

type Type = DeclaredOutput['type'];

export type CheckedOutput =
  | { readonly replacement: Replacement | null }
  /** Words that follow the task's name. */
  | { readonly problem: string };

const AS_IT_IS: CheckedOutput = { replacement: null };
/** Larger values are looked at piece by piece, or not at all. */
const SMALL_BYTES = 64 * 1024;
/** What V8 can hold as one text. */
const MAX_TEXT_BYTES = 2 ** 29 - 24;

/** Compares a value with its declared type, and tells what it has to become. */
export async function checkOutput(type: Type, entry: Entry): Promise<CheckedOutput> {
  const quick = withoutText(type, entry);
  if (quick !== null) return quick;
  if (type === 'string' && entry.type !== 'json' && entry.bytes > SMALL_BYTES)
    return (await isText(entry)) ? AS_IT_IS : { problem: refusal(type, entry, `${entry.bytes} bytes`) };
  if (entry.bytes > MAX_TEXT_BYTES)
    return { problem: refusal(type, entry, `${entry.bytes} bytes, too many to be checked`) };
  const found = await readFound(entry);
  const verdict = await verdictOn(type, found);
  if (verdict.kind === 'fits') return AS_IT_IS;
  if (verdict.kind === 'refused') return { problem: refusal(type, entry, showFound(found), verdict.why) };
  return { replacement: { key: entry.key, type: verdict.type, data: Buffer.from(verdict.text) } };
}

/** What a message shows of a value. */
export async function shown(entry: Entry): Promise<string> {
  return entry.bytes > SMALL_BYTES ? `${entry.bytes} bytes` : showFound(await readFound(entry));
}

function refusal(type: Type, { key }: Entry, value: string, why: string | null = null): string {
  const reason = why === null ? '' : `: ${why}`;
  return `has set ${JSON.stringify(key)} to ${value}, declared as ${typeWords(type)}${reason}`;
}

/** Types that the bytes have no say in. A value may be larger than memory. */
function withoutText(type: Type, { key, type: is }: Entry): CheckedOutput | null {
  if (typeof type !== 'string') return type.schema === true ? AS_IT_IS : null;
  if (type === is && (type === 'bytes' || type === 'json')) return AS_IT_IS;
  if (type === 'bytes' && is !== 'json') return { replacement: { key, type: 'bytes', data: null } };
  return null;
}

async function isText(entry: Entry): Promise<boolean> {
  if (entry.type === 'bytes') return false;
  if (entry.source.kind !== 'file') return isUtf8(entry.source.data);
  const utf8 = new Utf8Stream();
  for await (const piece of piecesOf(entry)) utf8.push(piece);
  return utf8.end();
}

async function readFound(entry: Entry): Promise<Found> {
  if (entry.type === 'bytes') return { kind: 'bytes' };
  const data = await bytesOf(entry);
  if (entry.type === 'json') return { kind: 'json', text: data.toString() };
  return isUtf8(data) ? { kind: 'text', text: data.toString() } : { kind: 'bytes' };
}

async function verdictOn(type: Type, found: Found): Promise<Verdict> {
  if (typeof type === 'string') return judge(type, found);
  try {
    return (await schemaJudge(type.schema))(found);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { kind: 'refused', why: `the schema cannot be used: ${error.message}` };
  }
}
