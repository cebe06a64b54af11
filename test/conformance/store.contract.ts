import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeTaskName } from '../../src/base/task-name.ts';
import type { Store } from '../../src/data/store.ts';
import { type CaseLanguage, JSON_CASES, TEXT_CASES, textOf } from './cases.ts';
import { parseReports, parseWords, READERS, type Report, WRITERS } from './scripts.ts';
import { type RigResult, type RigTask, TaskRig } from './task-rig.ts';

const LANGUAGES = ['bash', 'python', 'node'] as const;
const READER_COUNT = LANGUAGES.length;

/** What one store gave, for the comparison between stores: the output JSON of every task, by test and task. */
export type Outputs = Map<string, string>;

export interface StoreUnderTest {
  readonly name: string;
  open(runDirectory: string): Store;
  /** Paths where the store may leave something; empty when nothing of it is left. */
  leftovers(): readonly string[];
}

/** The contract of src/data/store.ts, driven through real bash, Python and Node tasks. Fills `outputs`. */
export function storeContract(store: StoreUnderTest, outputs: Outputs): void {
  const rigs: TaskRig[] = [];
  const newRig = (): TaskRig => {
    const rig = new TaskRig((directory) => store.open(directory));
    rigs.push(rig);
    return rig;
  };
  const finish = async (rig: TaskRig, scenario: string, tasks: readonly string[]): Promise<void> => {
    await rig.end();
    for (const task of tasks) outputs.set(`${scenario}: ${task}`, rig.output(task));
  };
  afterAll(async () => {
    await Promise.all(rigs.map((rig) => rig.data.close()));
    const leftovers = store.leftovers();
    for (const rig of rigs) rig.remove();
    expect(leftovers).toEqual([]);
  });

  describe('every value from every language to every language', () => everyValue(newRig, finish));
  describe('large and many', () => largeAndMany(newRig, finish));
  describe('names', () => names(newRig, finish));
  describe('however a script ends', () => endings(newRig, finish));
  describe('the older functions', () => olderFunctions(newRig, finish));
}

type NewRig = () => TaskRig;
type Finish = (rig: TaskRig, scenario: string, tasks: readonly string[]) => Promise<void>;

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const lines = ({ stdout }: RigResult): string[] => stdout.toString().trimEnd().split('\n');

function everyValue(newRig: NewRig, finish: Finish): void {
  const rig = newRig();
  const results = new Map<CaseLanguage, RigResult>();

  beforeAll(async () => {
    for (const language of LANGUAGES) {
      await rig.succeed({ name: language, language, script: WRITERS[language](), readers: READER_COUNT });
    }
    for (const language of LANGUAGES) {
      const name = `${language} reader`;
      const script = READERS[language]();
      results.set(language, await rig.succeed({ name, language, script, dependencies: LANGUAGES }));
    }
    await finish(rig, 'values', LANGUAGES);
  });

  const stdoutOf = (reader: CaseLanguage): Buffer => results.get(reader)?.stdout ?? Buffer.alloc(0);

  for (const writer of LANGUAGES) {
    test(`${writer} to bash`, () => {
      const got = parseWords(stdoutOf('bash'));
      const wrong = bashExpectations(writer).filter(({ key, data }) => !got.get(key)?.equals(data));
      expect(wrong.map(({ key, data }) => ({ key, data, got: got.get(key) }))).toEqual([]);
    });

    for (const reader of ['python', 'node'] as const) {
      test(`${writer} to ${reader}`, () => {
        const got = parseReports(stdoutOf(reader));
        const expected = typedExpectations(writer);
        const wrong = expected.filter(({ key, type, hex }) => {
          const report = got.get(key);
          return report?.type !== type || (type !== 'json' && report.hex !== hex);
        });
        expect(wrong.map((report) => ({ ...report, got: got.get(report.key) }))).toEqual([]);
        expect([...got.keys()].filter((key) => key.startsWith(`${writer}.`))).toHaveLength(expected.length);
      });
    }
  }

  test('bash is told which values its INPUT cannot hold', () => {
    const { notices = [] } = results.get('bash') ?? {};
    const withNul = TEXT_CASES.filter(({ data }) => data.includes(0)).map(({ key }) => key);
    expect(notices.map(({ key }) => key).sort()).toEqual([]);
    expect(withNul.length).toBeGreaterThan(0);
  });

  test('no value or key was run as a command', () => {
    expect(readdirSync(rig.workspace)).toEqual([]);
  });

  test('the JSON lists keys in the order in which they were first set', () => {
    const written = TEXT_CASES.filter(({ writers }) => writers.includes('python')).map(({ key }) => key);
    const keys = rig.output('python').match(/^ {2}("(?:[^"\\]|\\.)*"): /gm) ?? [];
    const parsed = keys.map((line) => JSON.parse(line.trim().slice(0, -1)));
    expect(parsed).toEqual([...written, ...JSON_CASES.map(({ key }) => key)]);
  });

  test('what is kept is what was written, type by type', () => {
    for (const writer of LANGUAGES) {
      const kept = new Map(rig.kept.get(writer)?.map((value) => [value.key, value]));
      for (const { key, type, data } of TEXT_CASES.filter(({ writers }) => writers.includes(writer))) {
        expect(kept.get(key)).toMatchObject({ type, bytes: data.length });
      }
    }
  });
}

function bashExpectations(writer: CaseLanguage): { readonly key: string; readonly data: Buffer }[] {
  const texts = TEXT_CASES.filter(({ writers }) => writers.includes(writer)).map(({ key, data }) =>
    data.includes(0)
      ? { key: `${writer}.${key}#hex`, data: Buffer.from(data.toString('hex')) }
      : { key: `${writer}.${key}`, data },
  );
  if (writer === 'bash') return texts;
  const json = JSON_CASES.map((value) => {
    const text = textOf(value, writer);
    return { key: `${writer}.${value.key}`, data: Buffer.from(text === 'null' ? '' : text) };
  });
  return [...texts, ...json];
}

function typedExpectations(writer: CaseLanguage): Report[] {
  const texts = TEXT_CASES.filter(({ writers }) => writers.includes(writer)).map(({ key, type, data }) => ({
    key: `${writer}.${key}`,
    type,
    hex: data.toString('hex'),
  }));
  if (writer === 'bash') return texts;
  return [
    ...texts,
    ...JSON_CASES.map(({ key }) => ({ key: `${writer}.${key}`, type: 'json' as const, hex: '' })),
  ];
}

const LARGE_BYTES = 20_000_000;
const FIVE_MB = 5_000_000;

function largeAndMany(newRig: NewRig, finish: Finish): void {
  const rig = newRig();
  const binary = Buffer.alloc(LARGE_BYTES, Buffer.from([0, 1, 0xff, 0x0a, 0x80, 0x41]));
  const text = Buffer.alloc(LARGE_BYTES, 'zwölf\n');

  beforeAll(async () => {
    writeFileSync(join(rig.workspace, 'binary'), binary);
    writeFileSync(join(rig.workspace, 'text'), text);
    const readers = READER_COUNT;
    await rig.succeed({
      name: 'bash',
      language: 'bash',
      readers,
      script: `otto.set binary - < binary
otto.set text - < text
printf -v five '%*s' ${FIVE_MB} ''; OUTPUT[five]="$five"$'\\n'
for i in {1..1000}; do OUTPUT[k$i]=$i; done`,
    });
    await rig.succeed({
      name: 'python',
      language: 'python',
      readers,
      script: `OUTPUT["binary"] = open("binary", "rb").read()
OUTPUT["text"] = open("text", "rb").read().decode()
OUTPUT["five"] = " " * ${FIVE_MB} + "\\n"
for i in range(1, 1001): OUTPUT["k%d" % i] = str(i)`,
    });
    await rig.succeed({
      name: 'node',
      language: 'node',
      readers,
      script: `import { readFileSync } from 'node:fs';
OUTPUT.binary = readFileSync('binary');
OUTPUT.text = readFileSync('text', 'utf8');
OUTPUT.five = ' '.repeat(${FIVE_MB}) + '\\n';
for (let i = 1; i <= 1000; i++) OUTPUT['k' + i] = String(i);`,
    });
  });

  const expected = LANGUAGES.flatMap((writer) => [
    `${writer} binary ${sha256(binary)}`,
    `${writer} text ${sha256(text)}`,
    `${writer} five ${sha256(`${' '.repeat(FIVE_MB)}\n`)}`,
    `${writer} many ${(1000 * 1001) / 2}`,
  ]);
  const SCRIPTS: Readonly<Record<CaseLanguage, string>> = {
    bash: `for writer in bash python node; do
  for key in binary text; do echo "$writer $key $(otto.get "$writer.$key" | sha256sum | cut -c -64)"; done
  echo "$writer five $(printf %s "\${INPUT[$writer.five]}" | sha256sum | cut -c -64)"
  sum=0; for i in {1..1000}; do sum=$((sum + INPUT[$writer.k$i])); done
  echo "$writer many $sum"
done`,
    python: `import hashlib
for writer in ("bash", "python", "node"):
    for key in ("binary", "text", "five"):
        value = INPUT[writer + "." + key]
        assert type(value) is (bytes if key == "binary" else str), key
        data = value if key == "binary" else value.encode()
        assert INPUT.view(writer + "." + key) == data
        print(writer, key, hashlib.sha256(data).hexdigest())
    print(writer, "many", sum(int(INPUT["%s.k%d" % (writer, i)]) for i in range(1, 1001)))`,
    node: `import { createHash } from 'node:crypto';
for (const writer of ['bash', 'python', 'node']) {
  for (const key of ['binary', 'text', 'five']) {
    const value = INPUT[writer + '.' + key];
    if (Buffer.isBuffer(value) !== (key === 'binary')) throw new Error('type of ' + key);
    if (!Buffer.from(value).equals(INPUT.view(writer + '.' + key))) throw new Error('view of ' + key);
    console.log(writer, key, createHash('sha256').update(value).digest('hex'));
  }
  let sum = 0;
  for (let i = 1; i <= 1000; i++) sum += Number(INPUT[writer + '.k' + i]);
  console.log(writer, 'many', sum);
}`,
  };

  test.each(LANGUAGES)('20 MB, a variable of 5 MB and 1000 keys arrive in %s', async (language) => {
    const name = `${language} reader`;
    const result = await rig.succeed({ name, language, script: SCRIPTS[language], dependencies: LANGUAGES });
    expect({ lines: lines(result), stderr: result.stderr }).toEqual({ lines: expected, stderr: '' });
    expect(result.notices).toEqual([]);
  });

  test('history has the same bytes', async () => {
    await finish(rig, 'large', LANGUAGES);
    for (const writer of LANGUAGES) {
      const json = JSON.parse(rig.output(writer));
      expect(json.binary).toMatchObject({ $otto: 'file', type: 'bytes', bytes: LARGE_BYTES });
      expect(json.text).toMatchObject({ $otto: 'file', type: 'string', bytes: LARGE_BYTES });
      expect(json.five).toBe(`${' '.repeat(FIVE_MB)}\n`);
      expect(Object.keys(json).slice(3)).toEqual(Array.from({ length: 1000 }, (_, i) => `k${i + 1}`));
    }
  });
}

const HOSTILE_TASKS = [
  '../../escape',
  '/absolute',
  '.',
  '..',
  'a b',
  'a.b',
  '-rf',
  '$(touch x)',
  `q'"`,
  'ünïcode/😀',
  'x'.repeat(300),
] as const;

function names(newRig: NewRig, finish: Finish): void {
  const rig = newRig();
  const expected = HOSTILE_TASKS.map((name) => `${name}.k=${name}`).sort();

  beforeAll(async () => {
    const languages = ['bash', 'python', 'node'] as const;
    const scripts = {
      bash: 'OUTPUT[k]=$OTTO_TASK',
      python: 'import os\nOUTPUT["k"] = os.environ["OTTO_TASK"]',
      node: 'OUTPUT.k = process.env.OTTO_TASK;',
    };
    for (const [i, name] of HOSTILE_TASKS.entries()) {
      const language = languages[i % languages.length] ?? 'bash';
      await rig.succeed({ name, language, script: scripts[language], readers: READER_COUNT });
    }
  });

  const SCRIPTS: Readonly<Record<CaseLanguage, string>> = {
    bash: `for key in "\${!INPUT[@]}"; do echo "$key=\${INPUT[$key]}"; done`,
    python: 'for key in INPUT: print(key + "=" + INPUT[key])',
    node: 'for (const key of Object.keys(INPUT)) console.log(key + "=" + INPUT[key]);',
  };

  test.each(LANGUAGES)('%s reads tasks of any name', async (language) => {
    const name = `${language} reader`;
    const script = SCRIPTS[language];
    const result = await rig.succeed({ name, language, script, dependencies: HOSTILE_TASKS });
    expect(lines(result).sort()).toEqual(expected);
  });

  test('nothing was made outside of the run and the tasks directories', async () => {
    await finish(rig, 'names', HOSTILE_TASKS);
    expect(readdirSync(rig.directory).sort()).toEqual(['run', 'workspace']);
    expect(readdirSync(rig.workspace)).toEqual([]);
    expect(readdirSync(join(rig.runDirectory, 'tasks')).sort()).toEqual(
      [...HOSTILE_TASKS, ...LANGUAGES.map((language) => `${language} reader`)].map(encodeTaskName).sort(),
    );
  });
}

type Ending = RigTask & { readonly end: number | NodeJS.Signals; readonly json: string };

const KEPT = '{\n  "k": "v"\n}\n';
const ENDINGS: readonly Ending[] = [
  { name: 'exit', language: 'bash', script: 'OUTPUT[k]=v; exit 3; OUTPUT[k]=w', end: 3, json: KEPT },
  { name: 'set -e', language: 'bash', script: 'OUTPUT[k]=v\nfalse\nOUTPUT[k]=w', end: 1, json: KEPT },
  { name: 'own trap', language: 'bash', script: "trap 'OUTPUT[k]=v' EXIT\nOUTPUT[k]=w", end: 0, json: KEPT },
  { name: 'exec', language: 'bash', script: 'otto.set k v; exec true', end: 0, json: KEPT },
  {
    name: 'subshell',
    language: 'bash',
    script: '(otto.set k v); echo x | otto.set l -',
    end: 0,
    json: '{\n  "k": "v",\n  "l": "x\\n"\n}\n',
  },
  { name: 'bash killed', language: 'bash', script: 'otto.set k v; kill -9 $$', end: 'SIGKILL', json: KEPT },
  {
    name: 'sys.exit',
    language: 'python',
    script: 'OUTPUT["k"] = "v"\nimport sys\nsys.exit(3)',
    end: 3,
    json: KEPT,
  },
  { name: 'exception', language: 'python', script: 'OUTPUT["k"] = "v"\n1/0', end: 1, json: KEPT },
  {
    name: 'python killed',
    language: 'python',
    script: 'OUTPUT["k"] = "v"\nimport os\nos.kill(os.getpid(), 9)',
    end: 'SIGKILL',
    json: KEPT,
  },
  {
    name: 'changed list',
    language: 'python',
    script: 'OUTPUT["k"] = [1]\nOUTPUT["k"].append(2)',
    end: 0,
    json: '{\n  "k": [1,2]\n}\n',
  },
  {
    name: 'deleted',
    language: 'python',
    script: 'OUTPUT["a"] = 1\nOUTPUT["k"] = "v"\ndel OUTPUT["a"]',
    end: 0,
    json: KEPT,
  },
  { name: 'process.exit', language: 'node', script: 'OUTPUT.k = "v"; process.exit(3)', end: 3, json: KEPT },
  { name: 'throw', language: 'node', script: 'OUTPUT.k = "v"; throw new Error("x")', end: 1, json: KEPT },
  {
    name: 'node killed',
    language: 'node',
    script: 'OUTPUT.k = "v"; process.kill(process.pid, "SIGKILL"); while (true);',
    end: 'SIGKILL',
    json: KEPT,
  },
  {
    name: 'changed array',
    language: 'node',
    script: 'OUTPUT.k = [1]; OUTPUT.k.push(2)',
    end: 0,
    json: '{\n  "k": [1,2]\n}\n',
  },
];

function endings(newRig: NewRig, finish: Finish): void {
  test.each(ENDINGS)('$name ($language)', async ({ end, json, ...task }) => {
    const rig = newRig();
    const result = await rig.run(task);
    expect({ end: result.end, stderr: result.end === end ? '' : result.stderr }).toEqual({ end, stderr: '' });
    await finish(rig, 'endings', [task.name]);
    expect(rig.output(task.name)).toBe(json);
  });

  test('what comes after the end changes nothing any more', async () => {
    const rig = newRig();
    const script = 'otto.set k v; echo "$OTTO_SPOOL"';
    const { stdout } = await rig.succeed({ name: 'late', language: 'bash', script, readers: 1 });
    const spool = stdout.toString().trim();
    expect(existsSync(spool)).toBe(true);
    appendFileSync(join(spool, 'journal'), 'sk\0late\0');
    const reader: RigTask = {
      name: 'reader',
      language: 'bash',
      script: `echo "\${INPUT[late.k]}"`,
      dependencies: ['late'],
    };
    expect(lines(await rig.succeed(reader))).toEqual(['v']);
    await finish(rig, 'late', ['late']);
    expect(rig.output('late')).toBe(KEPT);
    expect(existsSync(spool)).toBe(false);
  });
}

function olderFunctions(newRig: NewRig, finish: Finish): void {
  test('bash and Python pass values by them', async () => {
    const rig = newRig();
    await rig.succeed({
      name: 'bash',
      language: 'bash',
      readers: 2,
      script: 'otto_deserialize_input nothing\notto_set_output k "a\n\nb"; otto_set_output empty ""',
    });
    await rig.succeed({
      name: 'python',
      language: 'python',
      readers: 2,
      script: 'otto_deserialize_input("nothing")\notto_set_output("k", [1])',
    });
    const dependencies = ['bash', 'python'];
    const script = `otto_deserialize_input bash
printf '<%s>' "$(otto_get_input bash.k)" "$(otto_get_input python.k)" "$(otto_get_input bash.missing dflt)"`;
    const bash = await rig.succeed({ name: 'bash reader', language: 'bash', script, dependencies });
    expect(bash.stdout.toString()).toBe('<a\n\nb><[1]><dflt>');
    const python = await rig.succeed({
      name: 'python reader',
      language: 'python',
      script:
        'print([otto_get_input("bash.k"), otto_get_input("python.k"), otto_get_input("bash.missing", 7)])',
      dependencies,
    });
    expect(python.stdout.toString()).toBe("['a\\n\\nb', [1], 7]\n");
    await finish(rig, 'older functions', dependencies);
  });
}
