import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CaseLanguage, TEXT_CASES, type TextCase } from '../conformance/cases.ts';
import {
  ansiC,
  bashReader,
  nodeReader,
  pythonReader,
  type TypedWriters,
  WRITERS,
} from '../conformance/scripts.ts';

/** One ottofile in which every way to set a value meets every way to get one. */

const ofBash = TEXT_CASES.filter(({ writers }) => writers.includes('bash'));
/** A block's first line: what `<<` or `=` would end sooner has no key there. */
const inBlock = ({ key }: TextCase): boolean => !/[=\n]|<</.test(key);
/** What a task can hand over that knows bytes and no types. */
export const BYTE_CASES: readonly TextCase[] = TEXT_CASES;
export const BLOCK_CASES: readonly TextCase[] = TEXT_CASES.filter(inBlock);

const WORD = 'END of "$(value)"';

/** bash takes `-` for its standard input. */
const setOne = ({ key, data }: TextCase): string =>
  data.toString() === '-'
    ? `printf - | otto.set ${ansiC(Buffer.from(key))} -`
    : `otto.set ${ansiC(Buffer.from(key))} ${ansiC(data)}`;

const older = (script: string): string =>
  script.replace(/^OUTPUT\[(.*?)\] = (.*)$/gm, 'otto_set_output($1, $2)');

const LARGE_VALUES: Readonly<Record<string, Buffer>> = {
  binary: Buffer.alloc(20_000_000, Buffer.from([0, 1, 0xff, 0x0a, 0x80, 0x41])),
  text: Buffer.alloc(100_000, 'zwölf\n'),
};
export const LARGE_KEYS: readonly string[] = Object.keys(LARGE_VALUES);

interface Task {
  readonly before?: readonly string[];
  readonly [language: string]: unknown;
}

/** Every value of cases.ts, by the language that spells it or by its bytes alone. */
const VALUES: Readonly<Record<string, Task>> = {
  bash: { bash: WRITERS.bash() },
  python: { python: WRITERS.python() },
  node: { node: WRITERS.node() },
  set: { bash: ofBash.map(setOne).join('\n') },
  stdin: {
    bash: TEXT_CASES.map(({ key }, n) => `otto.set ${ansiC(Buffer.from(key))} - < cases/${n}`).join('\n'),
  },
  'older-bash': {
    bash: ofBash
      .map(({ key, data }) => `otto_set_output ${ansiC(Buffer.from(key))} ${ansiC(data)}`)
      .join('\n'),
  },
  'older-python': { python: older(WRITERS.python()) },
  file: { bash: 'cat blocks >> "$OTTO_OUTPUT"' },
  helper: {
    bash: [
      'echo "$HELPERS $OTTO_STORE" > helper-store; case $(< helper-store) in',
      '"1 files"|0*) put() { otto.set "$1" -; };; "1 shm") put() { otto-mmap-set -- "$1"; };; *) put() { otto-send -- "$1"; };; esac',
      ...TEXT_CASES.map(({ key }, n) => `put ${ansiC(Buffer.from(key))} < cases/${n}`),
    ].join('\n'),
  },
};

/** Prints the key of each value that comes as it was set, in bash's quoting. `get` is a command that takes the key. */
const comparingReader = (define: string, cases: readonly TextCase[]): string =>
  [
    define,
    `same() { get "$1" | cmp -s - "cases/$2" && printf '%q\\n' "$1"; }`,
    ...cases.map((one) => `same ${ansiC(Buffer.from(one.key))} ${TEXT_CASES.indexOf(one)}`),
  ].join('\n');

/** The helpers are named after stores: the task that set the values says which one has them. */
const HELPER_READER = comparingReader(
  `case $(< helper-store) in
"1 files"|0*) get() { otto.get "helper.$1"; };; "1 shm") get() { otto-mmap-get -- helper "$1"; };; *) get() { otto-recv -- helper "$1"; };; esac`,
  TEXT_CASES,
);
/** It is for what a variable can hold. */
const OLDER_BASH_READER = comparingReader(
  'get() { otto_get_input "stdin.$1"; }',
  TEXT_CASES.filter(({ data }) => !data.includes(0)),
);
const VALUE_WRITERS = Object.keys(VALUES);

const NUL_WRITERS = ['python', 'node', 'older-python', 'stdin', 'file', 'helper'];
const TYPED_WRITERS: TypedWriters = { python: 'python', node: 'node', 'older-python': 'python' };

const LARGE_WRITERS: Readonly<Record<string, Task>> = {
  'large-bash': {
    bash: 'otto.set binary - < large/binary; OUTPUT[text]=$(cat large/text; echo .); OUTPUT[text]=${OUTPUT[text]%.}',
  },
  'large-python': { python: 'for k in "binary", "text": OUTPUT[k] = open("large/" + k, "rb").read()' },
};

const LARGE_READERS: Readonly<Record<CaseLanguage, string>> = {
  bash: 'for w in large-bash large-python; do for k in binary text; do otto.get $w.$k | cmp - large/$k && echo $w.$k; done; done',
  python:
    'for k in INPUT: assert bytes(INPUT.view(k)) == open("large/" + k.split(".")[1], "rb").read(); print(k)',
  node: `import { readFileSync } from 'node:fs';
for (const k of Object.keys(INPUT)) {
  if (!readFileSync('large/' + k.split('.')[1]).equals(INPUT.view(k))) throw new Error(k);
  console.log(k);
}`,
};

const readers = (
  prefix: string,
  scripts: Readonly<Record<CaseLanguage, string>>,
  before: readonly string[],
) =>
  Object.fromEntries(
    Object.entries(scripts).map(([language, script]) => [
      `${prefix}-${language}`,
      { before, [language]: script },
    ]),
  );

const TASKS: Readonly<Record<string, Task>> = {
  ...VALUES,
  ...readers(
    'read',
    { bash: bashReader(NUL_WRITERS), python: pythonReader(TYPED_WRITERS), node: nodeReader(TYPED_WRITERS) },
    VALUE_WRITERS,
  ),
  'read-helper': { before: ['helper'], bash: HELPER_READER },
  'read-older-bash': { before: ['stdin'], bash: OLDER_BASH_READER },
  'read-older-python': {
    before: VALUE_WRITERS,
    python: pythonReader(TYPED_WRITERS).replaceAll('INPUT[key]', 'otto_get_input(key)'),
  },
  ...LARGE_WRITERS,
  ...readers('reread', LARGE_READERS, Object.keys(LARGE_WRITERS)),
};

/** JSON is YAML, too: nothing has to be quoted in another way. `stores`: for the tasks, in turn; `helpers`: whether they are compiled. */
export function equalOttofile(stores: readonly string[], { helpers }: { readonly helpers: boolean }): string {
  const tasks = Object.entries(TASKS).map(([name, task], n) => [
    name,
    { ...task, ...(stores.length > 0 ? { store: stores[n % stores.length] } : {}) },
  ]);
  return JSON.stringify({
    otto: { envs: { HELPERS: helpers ? '1' : '0' } },
    tasks: { ...Object.fromEntries(tasks), all: { before: Object.keys(TASKS) } },
  });
}

/** What the tasks read from their working directory. */
export function writeCases(directory: string): void {
  for (const name of ['cases', 'large']) mkdirSync(join(directory, name));
  TEXT_CASES.forEach(({ data }, n) => {
    writeFileSync(join(directory, 'cases', String(n)), data);
  });
  const blocks = BLOCK_CASES.flatMap(({ key, data }) => [`${key}<<${WORD}\n`, data, `\n${WORD}\n`]);
  writeFileSync(join(directory, 'blocks'), Buffer.concat(blocks.map((part) => Buffer.from(part as string))));
  for (const [name, data] of Object.entries(LARGE_VALUES))
    writeFileSync(join(directory, 'large', name), data);
}
