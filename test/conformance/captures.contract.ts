import { isUtf8 } from 'node:buffer';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { JSON_CASES, TEXT_CASES, textOf } from './cases.ts';
import type { Scenario } from './scenario.ts';
import { parseReports } from './scripts.ts';
import type { RigTask } from './task-rig.ts';

interface Value {
  readonly key: string;
  readonly data: Buffer;
}

const ALL: readonly Value[] = TEXT_CASES.map(({ key, data }) => ({ key, data }));
const hex = (data: Buffer | string): string => Buffer.from(data as string).toString('hex');
const python = (data: Buffer | string): string => `bytes.fromhex("${hex(data)}")`;
const spelledInFile = ({ key }: Value): boolean => !/[=\n]|<</.test(key);
const spelledInTag = ({ key }: Value): boolean => !/[<>\n]/.test(key);
const spelledInVariable = ({ key, data }: Value): boolean => !key.includes('=') && !data.includes(0);
/** No value of the cases has this line in it. */
const WORD = 'END of "$(value)"';

/** One way to hand over values without the API: what it can hold, and a script that does it. */
interface Way {
  readonly name: string;
  readonly task: Pick<RigTask, 'language' | 'script' | 'markers'>;
  readonly values: readonly Value[];
}

const appended = (values: readonly Value[], text: (value: Value) => string): Way['task'] => ({
  language: 'python',
  script: `import os\nwith open(os.environ["OTTO_OUTPUT"], "ab") as f:\n${values.map((value) => `  f.write(${text(value)})`).join('\n')}`,
});

const printed = (values: readonly Value[], text: (value: Value) => string): Way['task'] => ({
  language: 'python',
  markers: true,
  script: `import sys\n${values.map((value) => `sys.stdout.buffer.write(b"shown\\n" + ${text(value)} + b"\\n")`).join('\n')}`,
});

const tagged = (name: string, value: string): string =>
  `${python(`<OTTO:OUTPUT:${name}>`)} + ${value} + ${python(`</OTTO:OUTPUT:${name}>`)}`;

const ansiC = (data: Buffer): string =>
  `$'${[...data].map((b) => `\\x${b.toString(16).padStart(2, '0')}`).join('')}'`;

function ways(): readonly Way[] {
  const blocks = ALL.filter(spelledInFile);
  const lines = blocks.filter(({ data }) => !data.includes(10));
  const tags = ALL.filter(spelledInTag);
  const ofPython = ALL.filter(spelledInVariable);
  const ofNode = ofPython.filter(({ data }) => isUtf8(data));
  const ofBash = ALL.filter(({ data }) => !data.includes(0)).map(({ data }, index) => ({
    key: `case_${index}`,
    data,
  }));
  return [
    {
      name: 'blocks in the file',
      values: blocks,
      task: appended(
        blocks,
        ({ key, data }) => `${python(`${key}<<${WORD}\n`)} + ${python(data)} + ${python(`\n${WORD}\n`)}`,
      ),
    },
    {
      name: 'lines in the file',
      values: lines,
      task: appended(lines, ({ key, data }) => `${python(`${key}=`)} + ${python(data)} + b"\\n"`),
    },
    { name: 'markers', values: tags, task: printed(tags, ({ key, data }) => tagged(key, python(data))) },
    {
      name: 'markers in base64',
      values: tags,
      task: printed(tags, ({ key, data }) => tagged(`${key}:base64`, python(data.toString('base64')))),
    },
    {
      name: 'variables of bash',
      values: ofBash,
      task: {
        language: 'bash',
        script: ofBash.map(({ key, data }) => `export OTTO_OUT_${key}=${ansiC(data)}`).join('\n'),
      },
    },
    {
      name: 'variables of Python',
      values: ofPython,
      task: {
        language: 'python',
        script: `import os\n${ofPython.map(({ key, data }) => `os.environb[b"OTTO_OUT_" + ${python(key)}] = ${python(data)}`).join('\n')}`,
      },
    },
    {
      name: 'variables of Node',
      values: ofNode,
      task: {
        language: 'node',
        script: ofNode
          .map(
            ({ key, data }) =>
              `process.env["OTTO_OUT_" + ${JSON.stringify(key)}] = ${JSON.stringify(data.toString())};`,
          )
          .join('\n'),
      },
    },
  ];
}

const READER = `
import json
for key in INPUT:
    value = INPUT[key]
    is_text = isinstance(value, str)
    print(json.dumps({"key": key, "type": "string" if is_text else "bytes", "hex": (value.encode() if is_text else value).hex()}))
`;

/** Every value of cases.ts through every capture that can hold it, and back through the environment. */
export function captures({ newRig, finish }: Scenario): void {
  test.each(ways())('$name carry every value that they can hold', async ({ name, task, values }) => {
    const rig = newRig();
    const wrote = await rig.succeed({ name: 'writer', ...task, readers: 1 });
    expect({ stderr: wrote.stderr, stdout: wrote.shown.toString() }).toEqual({
      stderr: '',
      stdout: task.markers ? 'shown\n'.repeat(values.length) : '',
    });
    const read = await rig.succeed({
      name: 'reader',
      language: 'python',
      script: READER,
      dependencies: ['writer'],
    });
    const got = parseReports(read.stdout);
    const wrong = values.filter(({ key, data }) => {
      const report = got.get(`writer.${key}`);
      return report?.hex !== hex(data) || report.type !== (isUtf8(data) ? 'string' : 'bytes');
    });
    expect(wrong).toEqual([]);
    expect(got.size).toBe(values.length);
    expect(values.length).toBeGreaterThan(20);
    await finish(rig, `captures: ${name}`, ['writer']);
    const left = readdirSync(join(rig.runDirectory, 'tasks', 'writer'));
    expect(left.filter((file) => /^(output|exported|.*\.value)$/.test(file))).toEqual([]);
  });

  test('what a task sets itself counts, and keys stand in the same order everywhere', async () => {
    const rig = newRig();
    const script = `
import os
print("<OTTO:OUTPUT:a>marker</OTTO:OUTPUT:a><OTTO:OUTPUT:z>marker</OTTO:OUTPUT:z>")
open(os.environ["OTTO_OUTPUT"], "a").write("b=file\\na=file\\nc=file\\n")
os.environ["OTTO_OUT_c"] = os.environ["OTTO_OUT_d"] = "variable"
OUTPUT["e"] = 1
OUTPUT["a"] = 2
`;
    await rig.succeed({ name: 'both', language: 'python', script, markers: true });
    await finish(rig, 'captures', ['both']);
    expect(rig.output('both')).toBe(
      '{\n  "e": 1,\n  "a": 2,\n  "b": "file",\n  "c": "file",\n  "d": "variable",\n  "z": "marker"\n}\n',
    );
  });

  test('ten programs append at once, and nothing of a program that is killed is lost', async () => {
    const rig = newRig();
    const script = `
for i in 0 1 2 3 4 5 6 7 8 9; do
  for j in {0..49}; do printf 'k%s=%s\\n' $i.$j "$i $j" >> "$OTTO_OUTPUT"; done &
done
wait
kill -9 $$`;
    expect((await rig.run({ name: 'many', language: 'bash', script, readers: 1 })).end).toBe('SIGKILL');
    await rig.end();
    const values = JSON.parse(rig.output('many')) as Record<string, string>;
    expect(Object.keys(values)).toHaveLength(500);
    expect(values['k7.42']).toBe('7 42');
  });

  const ENDINGS: readonly (readonly [string, RigTask['language'], string, number | string])[] = [
    ['exit', 'bash', 'export OTTO_OUT_k=v; exit 3', 3],
    ['set -e', 'bash', 'export OTTO_OUT_k=v; false; OTTO_OUT_k=w', 1],
    ['an EXIT trap of its own', 'bash', 'trap "OTTO_OUT_k=v" EXIT; export OTTO_OUT_k=w', 0],
    ['an EXIT trap that exits', 'bash', 'trap "exit 4" EXIT; export OTTO_OUT_k=v; false', 4],
    ['a function', 'bash', 'f() { export OTTO_OUT_k=v; exit 5; }; f', 5],
    [
      'SIGTERM',
      'bash',
      'export OTTO_OUT_k=v OTTO_OUT_l=1; unset OTTO_OUT_l; kill -TERM $$; sleep 9',
      'SIGTERM',
    ],
    ['what is not exported', 'bash', 'export OTTO_OUT_k=v; OTTO_OUT_l=w; ( export OTTO_OUT_m=x )', 0],
    [
      'noclobber and other options',
      'bash',
      'set -Cf; shopt -s nocasematch nullglob; IFS=O_k; OTTO_OUT_K=no; export OTTO_OUT_k=v',
      0,
    ],
    ['sys.exit', 'python', 'import os, sys\nos.environ["OTTO_OUT_k"] = "v"\nsys.exit(3)', 3],
    ['an exception', 'python', 'import os\nos.environ["OTTO_OUT_k"] = "v"\n1/0', 1],
    [
      'a child',
      'python',
      'import os\nos.environ["OTTO_OUT_k"] = "v"\nif os.fork() == 0:\n  os.environ["OTTO_OUT_l"] = "w"\n  raise SystemExit\nos.wait()',
      0,
    ],
    ['process.exit', 'node', 'process.env.OTTO_OUT_k = "v"; process.exit(3)', 3],
    ['throw', 'node', 'process.env.OTTO_OUT_k = "v"; throw new Error("x")', 1],
    [
      'a worker',
      'node',
      'import { Worker } from "node:worker_threads"; process.env.OTTO_OUT_k = "v"; new Worker("process.env.OTTO_OUT_l = 1", { eval: true });',
      0,
    ],
  ];
  test.each(ENDINGS)('exported variables are seen after %s (%s)', async (_, language, script, end) => {
    const rig = newRig();
    expect((await rig.run({ name: 'a', language, script })).end).toBe(end);
    await rig.end();
    expect(rig.output('a')).toBe('{\n  "k": "v"\n}\n');
  });

  test('a variable that the task was started with is a value only when it is changed', async () => {
    const rig = newRig();
    const exported = { OTTO_OUT_same: 'a', OTTO_OUT_changed: 'a', OTTO_OUT_gone: 'a' };
    const script = 'OTTO_OUT_changed=b; unset OTTO_OUT_gone; export OTTO_OUT_same=a OTTO_OUT_new=a';
    await rig.succeed({ name: 'a', language: 'bash', script, exported });
    await rig.end();
    expect(rig.output('a')).toBe('{\n  "changed": "b",\n  "new": "a"\n}\n');
  });

  delivery({ newRig, finish });
}

function delivery({ newRig }: Scenario): void {
  let got = new Map<string, string>();
  const expected = new Map<string, string | null>();

  beforeAll(async () => {
    const rig = newRig();
    const values = [
      ...ALL.map(({ key, data }) => ({ key, data, python: `bytes.fromhex("${hex(data)}")` })),
      ...JSON_CASES.map((one) => ({
        key: one.key,
        data: Buffer.from(textOf(one, 'python') === 'null' ? '' : textOf(one, 'python')),
        python: one.python,
      })),
    ];
    const script = values
      .map(({ key, python: value }) => `OUTPUT[${JSON.stringify(key)}] = ${value}`)
      .join('\n');
    await rig.succeed({ name: 'My task', language: 'python', script, readers: 1 });
    const reader = `
import os
for name, value in os.environb.items():
    if name.startswith(b"OTTO_IN_"):
        print(name.decode(), value.hex())`;
    const { stdout } = await rig.succeed({
      name: 'reader',
      language: 'python',
      script: reader,
      dependencies: ['My task'],
    });
    const rows = stdout.toString().trimEnd().split('\n');
    got = new Map(rows.map((row) => row.split(' ') as [string, string]));
    for (const { key, data } of values) {
      const name = `OTTO_IN_MY_TASK_${[...key].map((c) => (/[A-Za-z0-9]/.test(c) ? c.toUpperCase() : '_')).join('')}`;
      if (expected.has(name)) expected.set(name, null);
      else expected.set(name, data.includes(0) || !isUtf8(data) ? null : hex(data));
    }
    await rig.end();
  });

  test('the environment of a dependent has every value that it can hold, under its name', () => {
    const wanted = [...expected].flatMap(([name, value]) => (value === null ? [] : [[name, value]]));
    expect(wanted.length).toBeGreaterThan(30);
    expect([...got].toSorted()).toEqual(wanted.toSorted());
  });

  test('131,072 bytes fit, one more does not; the others are there all the same', async () => {
    const rig = newRig();
    const script = `
OUTPUT["f"] = "x" * (131072 - len("OTTO_IN_A_F") - 2)
OUTPUT["g"] = "x" * (131072 - len("OTTO_IN_A_G") - 1)
OUTPUT["h"] = "y"
OUTPUT["i-j"] = OUTPUT["i.j"] = 1`;
    await rig.succeed({ name: 'a', language: 'python', script, readers: 2 });
    const reader = 'echo "${#OTTO_IN_A_F} ${OTTO_IN_A_G-none} $OTTO_IN_A_H ${OTTO_IN_A_I_J-none}"';
    const read = await rig.succeed({ name: 'b', language: 'bash', script: reader, dependencies: ['a'] });
    expect(read.stdout.toString()).toBe(`${131072 - 13} none y none\n`);
    expect(read.notices).toEqual([
      { kind: 'not-in-environment', name: 'OTTO_IN_A_G', key: 'a.g', bytes: 131060, why: 'too-large' },
      { kind: 'same-variable', name: 'OTTO_IN_A_I_J', keys: ['a.i-j', 'a.i.j'] },
    ]);
    const unaware = await rig.succeed({
      name: 'c',
      language: 'bash',
      script: 'env | wc -c',
      dependencies: ['a'],
    });
    expect(unaware.notices).toEqual([]);
    await rig.end();
  });

  test('values that fill the system leave room for the task, and those that it names come first', async () => {
    const rig = newRig();
    const script = 'for i in range(40): OUTPUT["k%d" % i] = "x" * 100000';
    await rig.succeed({ name: 'a', language: 'python', script, readers: 1 });
    const reader = `
/bin/echo "$(printf '%0100000d' 0)" "$(printf '%0100000d' 0)" | wc -c
echo "\${#OTTO_IN_A_K39}"
env | grep -c ^OTTO_IN_A_K`;
    const read = await rig.succeed({ name: 'b', language: 'bash', script: reader, dependencies: ['a'] });
    const [bytes, named, count] = read.stdout.toString().split('\n').map(Number);
    expect([bytes, named]).toEqual([200002, 100000]);
    expect(count).toBeGreaterThan(3);
    expect(count).toBeLessThan(40);
    await rig.end();
  });

  test('nothing of it is a file when no task uses it', async () => {
    const rig = newRig();
    await rig.succeed({ name: 'a', language: 'bash', script: ':', readers: 0 });
    expect(existsSync(join(rig.runDirectory, 'tasks/a/output'))).toBe(false);
    expect(existsSync(join(rig.runDirectory, 'tasks/a/exported'))).toBe(false);
    await rig.end();
  });
}
