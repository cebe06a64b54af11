import { type CaseLanguage, JSON_CASES, TEXT_CASES, type TextCase } from './cases.ts';

/** What a reader reports of one value: its type in the reader's language, and its exact bytes or its JSON text. */
export interface Report {
  readonly key: string;
  readonly type: 'string' | 'bytes' | 'json' | 'mismatch';
  readonly hex: string;
}

const casesOf = (writer: CaseLanguage): TextCase[] =>
  TEXT_CASES.filter(({ writers }) => writers.includes(writer));

/** The value in bash's own quoting, byte by byte, so that nothing depends on the script's encoding. */
export const ansiC = (data: Buffer): string =>
  `$'${[...data].map((b) => `\\x${b.toString(16).padStart(2, '0')}`).join('')}'`;

const bashWriter = (): string =>
  casesOf('bash')
    .map(({ key, data }) => `key=${ansiC(Buffer.from(key))}\nOUTPUT[$key]=${ansiC(data)}`)
    .join('\n');

const pythonWriter = (): string =>
  [
    ...casesOf('python').map(({ key, type, data }) => {
      const value = `bytes.fromhex("${data.toString('hex')}")${type === 'string' ? '.decode()' : ''}`;
      return `OUTPUT[${JSON.stringify(key)}] = ${value}`;
    }),
    ...JSON_CASES.map(({ key, python }) => `OUTPUT[${JSON.stringify(key)}] = ${python}`),
  ].join('\n');

const nodeWriter = (): string =>
  [
    ...casesOf('node').map(({ key, type, data }) => {
      const value = `Buffer.from("${data.toString('hex')}", "hex")${type === 'string' ? '.toString()' : ''}`;
      return `OUTPUT[${JSON.stringify(key)}] = ${value};`;
    }),
    ...JSON_CASES.map(({ key, node }) => `OUTPUT[${JSON.stringify(key)}] = ${node};`),
  ].join('\n');

/** Scripts that write every case. */
export const WRITERS: Readonly<Record<CaseLanguage, () => string>> = {
  bash: bashWriter,
  python: pythonWriter,
  node: nodeWriter,
};

/** Prints INPUT as `key NUL value NUL`, then the keys it lacks through otto.get, their values in hex. */
export const bashReader = (writers: readonly string[]): string => `
for key in "\${!INPUT[@]}"; do printf '%s\\0%s\\0' "$key" "\${INPUT[$key]}"; done
for writer in ${writers.join(' ')}; do
  for key in 'nul inside' 'only nul' 'all bytes' 'many bytes'; do
    printf '%s\\0' "$writer.$key#hex"
    otto.get "$writer.$key" | od -An -v -tx1 | tr -d ' \\n'
    printf '\\0'
  done
done
`;

/** Tasks that have set the values of JSON_CASES, and the language that spelled them. */
export type TypedWriters = Readonly<Record<string, 'python' | 'node'>>;
const TYPED_WRITERS: TypedWriters = { python: 'python', node: 'node' };

export const pythonReader = (writers: TypedWriters): string => `
import json
def report(key, type, data):
    print(json.dumps({"key": key, "type": type, "hex": data.hex()}))
def same(a, b):
    return type(a) is type(b) and repr(a) == repr(b)
expected = {}
${JSON_CASES.flatMap(({ key, python, nodeInPython }) =>
  Object.entries(writers).map(
    ([task, language]) =>
      `expected[${JSON.stringify(`${task}.${key}`)}] = ${(language === 'node' && nodeInPython) || python}`,
  ),
).join('\n')}
for key in INPUT:
    try:
        value = INPUT[key]
    except Exception as error:
        report(key, "mismatch", repr(error).encode())
        continue
    if key in expected:
        # Node lists keys that look like numbers first; order within a dict is not part of its value.
        wanted, got = expected[key], value
        if isinstance(value, dict):
            wanted, got = sorted(wanted.items()), sorted(got.items())
        report(key, "json" if same(wanted, got) else "mismatch", repr(value).encode("utf-8", "surrogatepass"))
    elif isinstance(value, str):
        report(key, "string", value.encode())
    elif isinstance(value, bytes):
        report(key, "bytes", value)
    else:
        report(key, "mismatch", repr(value).encode())
    if isinstance(value, (str, bytes)) and key not in expected:
        data = value.encode() if isinstance(value, str) else value
        assert bytes(INPUT.view(key)) == data, key
`;

export const nodeReader = (writers: TypedWriters): string => `
import { isDeepStrictEqual, inspect } from 'node:util';
const report = (key, type, data) => console.log(JSON.stringify({ key, type, hex: Buffer.from(data).toString('hex') }));
const expected = new Map();
${JSON_CASES.flatMap(({ key, node }) =>
  Object.keys(writers).map((task) => `expected.set(${JSON.stringify(`${task}.${key}`)}, ${node});`),
).join('\n')}
for (const key of Object.keys(INPUT)) {
  const value = INPUT[key];
  if (expected.has(key)) {
    report(key, isDeepStrictEqual(value, expected.get(key)) ? 'json' : 'mismatch', inspect(value));
  } else if (typeof value === 'string') {
    report(key, 'string', value);
  } else if (Buffer.isBuffer(value)) {
    report(key, 'bytes', value);
  } else {
    report(key, 'mismatch', inspect(value));
  }
  if (!expected.has(key) && !Buffer.from(INPUT.view(key)).equals(Buffer.from(value))) throw new Error('view of ' + key);
}
`;

/** Scripts that report every value of INPUT. */
export const READERS: Readonly<Record<CaseLanguage, () => string>> = {
  bash: () => bashReader(Object.keys(TYPED_WRITERS)),
  python: () => pythonReader(TYPED_WRITERS),
  node: () => nodeReader(TYPED_WRITERS),
};

/** What the Python and Node readers printed. */
export function parseReports(stdout: Buffer): Map<string, Report> {
  const lines = stdout.toString().trimEnd().split('\n');
  return new Map(lines.map((line) => JSON.parse(line) as Report).map((report) => [report.key, report]));
}

/** What the bash reader printed: each key with its bytes. */
export function parseWords(stdout: Buffer): Map<string, Buffer> {
  const words: Buffer[] = [];
  let at = 0;
  for (let end = stdout.indexOf(0); end >= 0; end = stdout.indexOf(0, at)) {
    words.push(stdout.subarray(at, end));
    at = end + 1;
  }
  const found = new Map<string, Buffer>();
  for (let i = 0; i + 1 < words.length; i += 2) {
    found.set(String(words[i]), words[i + 1] ?? Buffer.alloc(0));
  }
  return found;
}
