import { readFileSync } from 'node:fs';
import { attempt } from '../../base/io-failure.ts';
import type { TaskValues } from '../input-keys.ts';
import type { DataNotice } from '../notice.ts';
import { MAX_VARIABLE_BYTES } from '../script-params.ts';
import type { Entry } from '../value.ts';
import { environmentRoom } from './environment-room.ts';

export const IN_PREFIX = 'OTTO_IN_';

/** The values of a task's dependencies as variables, and what its script would miss. */
export interface Delivery {
  readonly variables: Readonly<Record<string, string>>;
  readonly notices: readonly DataNotice[];
}

interface Candidate {
  readonly name: string;
  /** `<task>.<key>`, the task as the script calls it. */
  readonly fullKey: string;
  readonly entry: Entry;
}

type Refused = Exclude<Extract<DataNotice, { kind: 'not-in-environment' }>['why'], 'no-room'>;

/** So much fits into every environment: nobody has to ask the system. */
const SMALL_BYTES = 64 * 1024;
const UNSPELLABLE = /[^A-Z0-9]/gu;
export const NOTHING: Delivery = { variables: {}, notices: [] };

/** `OTTO_IN_` and the words in upper case, with `_` for every character but A to Z and digits, whatever the locale. */
export const variableName = (fullKey: string): string =>
  IN_PREFIX + fullKey.replace(/[a-z]/g, (letter) => letter.toUpperCase()).replace(UNSPELLABLE, '_');

/**
 * Gives values to programs that have nothing but their environment. A value that does not fit leaves its siblings alone; of two that
 * have the same name neither is there. Only a script that names a variable is told why it is not there.
 */
export function deliver(dependencies: readonly TaskValues[], scriptText: string): Delivery {
  const byName = new Map<string, Candidate[]>();
  for (const { task, localName = task, entries } of dependencies) {
    for (const entry of entries) {
      const fullKey = `${localName}.${entry.key}`;
      const name = variableName(fullKey);
      const others = byName.get(name);
      if (others === undefined) byName.set(name, [{ name, fullKey, entry }]);
      else others.push({ name, fullKey, entry });
    }
  }
  if (byName.size === 0) return NOTHING;
  const names = namesIn(scriptText);
  const notices: DataNotice[] = [];
  const room = new Room();
  const variables: Record<string, string> = {};
  // What the script names comes first: there may not be room for all.
  for (const [name, candidates] of namedFirst(byName, names)) {
    const problem = give(candidates, variables, room);
    if (problem !== null && names.has(name)) notices.push(problem);
  }
  return { variables, notices };
}

/** Null: it is there now. */
function give(
  candidates: readonly Candidate[],
  variables: Record<string, string>,
  room: Room,
): DataNotice | null {
  const [first, second] = candidates;
  if (first === undefined) return null;
  const { name, fullKey: key, entry } = first;
  if (second !== undefined)
    return { kind: 'same-variable', name, keys: candidates.map(({ fullKey }) => fullKey) };
  const found = textOf(name, entry);
  if (typeof found !== 'string')
    return { kind: 'not-in-environment', name, key, bytes: entry.bytes, why: found.why };
  if (!room.take(name, found))
    return { kind: 'not-in-environment', name, key, bytes: entry.bytes, why: 'no-room' };
  variables[name] = found;
  return null;
}

function textOf(name: string, entry: Entry): string | { readonly why: Refused } {
  if (name.length + entry.bytes + 2 > MAX_VARIABLE_BYTES) return { why: 'too-large' };
  const data = bytesOf(entry);
  if (data.includes(0)) return { why: 'nul' };
  const text = data.toString();
  if (entry.type === 'json') return text === 'null' ? '' : text;
  // Node hands on text only. Bytes that are none come out longer or shorter.
  return Buffer.byteLength(text) === data.length && Buffer.from(text).equals(data)
    ? text
    : { why: 'not-text' };
}

function bytesOf({ source }: Entry): Buffer {
  if (source.kind === 'file') return attempt('read', source.path, () => readFileSync(source.path));
  const { data } = source;
  return Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

/** Counts what the variables take of the room that a process has for its arguments and its environment. */
class Room {
  #bytes = 0;
  #limit = SMALL_BYTES;
  #isKnown = false;

  take(name: string, value: string): boolean {
    const bytes = name.length + Buffer.byteLength(value) + 2 + POINTER_BYTES;
    if (this.#bytes + bytes > this.#limit && !this.#isKnown) {
      this.#limit = Math.max(this.#limit, environmentRoom());
      this.#isKnown = true;
    }
    if (this.#bytes + bytes > this.#limit) return false;
    this.#bytes += bytes;
    return true;
  }
}

const POINTER_BYTES = 8;

/** The variables that a script may want: those that its text spells out, or whose beginning it does (`OTTO_IN_A_$key`). */
function namesIn(scriptText: string): { has(name: string): boolean } {
  const named = [...new Set(scriptText.match(/OTTO_IN_\w*/g) ?? [])];
  return { has: (name) => named.some((one) => one === name || (one.endsWith('_') && name.startsWith(one))) };
}

function* namedFirst<T>(
  byName: ReadonlyMap<string, T>,
  names: { has(name: string): boolean },
): Iterable<readonly [string, T]> {
  for (const entry of byName) if (names.has(entry[0])) yield entry;
  for (const entry of byName) if (!names.has(entry[0])) yield entry;
}
