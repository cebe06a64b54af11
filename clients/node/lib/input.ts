import { constants, isUtf8 } from 'node:buffer';
import { statSync } from 'node:fs';
import { inspect } from 'node:util';
import { parseJson } from './decode.ts';
import {
  allKeys,
  type Dependencies,
  type Found,
  findValue,
  keysOf,
  lazily,
  loadDependencies,
  valueIn,
} from './dependencies.ts';
import { forScript } from './for-script.ts';
import { type Origin, rememberCopy, rememberView } from './origin.ts';
import { type Range, type Stored, within } from './stored.ts';

/** INPUT as a script sees it. */
export interface Input {
  readonly [key: string]: unknown;
}

/** All values of the dependencies, by `task.key`: the longest dependency name that fits. */
export function createInput(): Input {
  const dependencies = lazily(loadDependencies);
  const find = (key: string): Found | undefined => findValue(dependencies(), key);
  const methods: Record<string, unknown> = {
    of: forScript((task: string) => valuesOf(dependencies(), task)),
    view: forScript((key: string, range?: Range) => {
      const found = find(key);
      const name = `INPUT[${JSON.stringify(key)}]`;
      if (found !== undefined && 'list' in found)
        throw new TypeError(
          `${name} is a list of what the items have set: take the view of one item's value`,
        );
      return found && view(found.stored, name, range);
    }),
  };
  return readOnly('INPUT', {
    keys: () => allKeys(dependencies()),
    has: (key) => find(key) !== undefined,
    get: (key) => {
      const found = find(key);
      return found === undefined ? methods[key] : decodeFound(`INPUT[${JSON.stringify(key)}]`, found);
    },
  });
}

function valuesOf({ all, named }: Dependencies, task: string): Input {
  const dependency = named.get(task)?.[0];
  if (dependency === undefined) {
    const known =
      all
        .map((one) => one.name)
        .sort()
        .join(', ') || 'none';
    throw new TypeError(`${JSON.stringify(task)} is no dependency of this task; there are: ${known}`);
  }
  const name = `INPUT.of(${JSON.stringify(task)})`;
  return readOnly(name, {
    keys: () => keysOf(dependency),
    has: (key) => valueIn(dependency, key) !== undefined,
    get: (key) => {
      const found = valueIn(dependency, key);
      return found && decodeFound(`${name}[${JSON.stringify(key)}]`, found);
    },
  });
}

const decodeFound = (name: string, found: Found): unknown =>
  'list' in found
    ? found.list.map((stored, index) => decode(`${name}[${index}]`, stored))
    : decode(name, found.stored);

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
