import { constants, isUtf8 } from 'node:buffer';
import { statSync } from 'node:fs';
import { inspect } from 'node:util';
import { parseJson } from './decode.ts';
import { forScript } from './for-script.ts';
import { readJsonValues } from './json-values.ts';
import { type Origin, rememberCopy, rememberView } from './origin.ts';
import { readRegionValues } from './region-values.ts';
import { type Range, type Stored, type StoredValues, within } from './stored.ts';
import { loadTask } from './task.ts';

/** INPUT as a script sees it. */
export interface Input {
  readonly [key: string]: unknown;
}

/** All values of the dependencies, by `task.key`: the longest dependency name that fits. */
export function createInput(): Input {
  const dependencies = lazily(loadDependencies);
  const find = (key: string): Stored | undefined => findStored(dependencies(), key);
  const methods: Record<string, unknown> = {
    of: forScript((task: string) => valuesOf(dependencies(), task)),
    view: forScript((key: string, range?: Range) => {
      const stored = find(key);
      return stored && view(stored, `INPUT[${JSON.stringify(key)}]`, range);
    }),
  };
  return readOnly('INPUT', {
    keys: () => allKeys(dependencies()),
    has: (key) => find(key) !== undefined,
    get: (key) => {
      const stored = find(key);
      return stored === undefined ? methods[key] : decode(`INPUT[${JSON.stringify(key)}]`, stored);
    },
  });
}

/** A dependency with its values, listed at the first use. Longest names first. */
type Dependencies = ReadonlyMap<string, () => StoredValues>;

function loadDependencies(): Dependencies {
  const inputs = [...loadTask().inputs].sort((a, b) => b.task.length - a.task.length);
  return new Map(
    inputs.map(({ task, json, shm }) => [
      task,
      lazily(() => (shm === null ? readJsonValues(json) : readRegionValues(shm))),
    ]),
  );
}

function findStored(dependencies: Dependencies, key: string): Stored | undefined {
  for (const [task, values] of dependencies) {
    if (!key.startsWith(`${task}.`)) continue;
    const stored = values().get(key.slice(task.length + 1));
    if (stored !== undefined) return stored;
  }
  return undefined;
}

function allKeys(dependencies: Dependencies): string[] {
  const tasks = [...dependencies.keys()].sort();
  const keys = tasks.flatMap((task) =>
    [...(dependencies.get(task)?.().keys() ?? [])].map((key) => `${task}.${key}`),
  );
  return [...new Set(keys)];
}

function valuesOf(dependencies: Dependencies, task: string): Input {
  const values = dependencies.get(task);
  if (values === undefined) {
    const known = [...dependencies.keys()].sort().join(', ') || 'none';
    throw new TypeError(`${JSON.stringify(task)} is no dependency of this task; there are: ${known}`);
  }
  const name = `INPUT.of(${JSON.stringify(task)})`;
  return readOnly(name, {
    keys: () => [...values().keys()],
    has: (key) => values().has(key),
    get: (key) => {
      const stored = values().get(key);
      return stored && decode(`${name}[${JSON.stringify(key)}]`, stored);
    },
  });
}

function view(stored: Stored, name: string, range: Range | undefined): Uint8Array {
  if (range === undefined) return wholeView(stored, name);
  if (stored.part !== undefined) return stored.part(range);
  const data = stored.bytes();
  const { offset, length } = within(range, data.length);
  return data.subarray(offset, offset + length);
}

function wholeView(stored: Stored, name: string): Uint8Array {
  const bytes = wholeBytes(stored, name);
  if (stored.origin !== undefined) rememberView(bytes, stored.origin);
  return bytes;
}

function wholeBytes(stored: Stored, name: string): Uint8Array {
  try {
    return stored.bytes();
  } catch (error) {
    if (!TOO_LARGE.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    const limit = `${name} is larger than one Uint8Array can be (${constants.MAX_LENGTH} bytes)`;
    throw new RangeError(`${limit}. INPUT.view(key, { offset, length }) gives a part`, { cause: error });
  }
}

/** Of the addon and of Node. */
const TOO_LARGE = new Set(['too-large', 'ERR_OUT_OF_RANGE']);

function decode(name: string, stored: Stored): unknown {
  const data = stored.copy?.() ?? wholeBytes(stored, name);
  const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (stored.origin !== undefined) rememberCopy(stored.origin);
  const isBytes = stored.type === 'bytes' || (stored.type === 'raw' && !isUtf8(buffer));
  const value = isBytes ? Buffer.from(buffer) : toText(name, buffer);
  if (stored.origin !== undefined) refuseCut(stored.origin);
  return stored.type === 'json' ? parseJson(value as string) : value;
}

/** What another process cuts off a file while it is mapped turns into zeros; nobody may take them for the value. */
function refuseCut({ file, bytes }: Origin): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found !== undefined && found.size < bytes)
    throw new Error(
      `${file} was cut short: it has ${found.size} bytes, not the ${bytes} that its task wrote`,
    );
}

function toText(name: string, data: Buffer): string {
  try {
    return data.toString();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STRING_TOO_LONG') throw error;
    throw new RangeError(
      `${name} has ${data.length} bytes; a JavaScript string holds at most ${constants.MAX_STRING_LENGTH} characters. ` +
        'INPUT.view(key) gives the bytes',
      { cause: error },
    );
  }
}

interface Lookup {
  keys(): readonly string[];
  has(key: string): boolean;
  get(key: string): unknown;
}

/** An object whose properties are looked up when they are used, and that cannot be changed. */
function readOnly(name: string, lookup: Lookup): Input {
  const refuse = forScript((): never => {
    throw new TypeError(`${name} is read-only`);
  });
  const target = Object.create(null) as object;
  const show = (): object => Object.fromEntries(lookup.keys().map((key) => [key, lookup.get(key)]));
  Object.defineProperty(target, inspect.custom, { value: show, configurable: true });
  return new Proxy(target, {
    get: forScript((_, key) => (typeof key === 'string' ? lookup.get(key) : undefined)),
    has: forScript((_, key) => typeof key === 'string' && lookup.has(key)),
    ownKeys: forScript(() => [...lookup.keys()]),
    getOwnPropertyDescriptor: forScript((_, key) =>
      typeof key === 'string' && lookup.has(key)
        ? { get: () => lookup.get(key), enumerable: true, configurable: true }
        : undefined,
    ),
    set: refuse,
    defineProperty: refuse,
    deleteProperty: refuse,
    setPrototypeOf: refuse,
    preventExtensions: refuse,
  }) as Input;
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
