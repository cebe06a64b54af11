import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClientRig, type ClientTask } from './rig.ts';
import { sampleInputs } from './sample.ts';

const rig = new ClientRig();
afterAll(() => rig.close());

const node = (script: string, more: Partial<ClientTask> = {}) =>
  rig.run({ language: 'node', script, ...more });

const INPUTS = sampleInputs(`  "plain": "é",
  "safe": 9007199254740991,
  "float": 1.5,
  "list": [1,{"a":9007199254740993},"9007199254740993","int:",0.12345678901234567],
  "dict": {"$otto":"value","value":{"$otto":"bytes","__proto__":1}}`);

describe('OUTPUT', () => {
  const values: readonly (readonly [string, string, string])[] = [
    ['"é\\n"', 'raw', 'é\n'],
    ['""', 'raw', ''],
    ['"a\\0b"', 'raw', 'a\0b'],
    ['"\\ud800x"', 'json', '"\\ud800x"'],
    ['Buffer.from([255, 0])', 'bytes', '0xff00'],
    ['new Uint8Array([97, 98]).buffer', 'bytes', 'ab'],
    ['new Uint16Array([25185])', 'bytes', 'ab'],
    ['10n ** 40n', 'json', `1${'0'.repeat(40)}`],
    ['-7', 'json', '-7'],
    ['1.0', 'json', '1'],
    ['-0', 'json', '-0.0'],
    ['0.1 + 0.2', 'json', '0.30000000000000004'],
    ['2 ** 53', 'json', '9007199254740992.0'],
    ['1e21', 'json', '1e+21'],
    ['true', 'json', 'true'],
    ['null', 'json', 'null'],
    [
      '[1, [-0, 2n ** 64n, { é: undefined, b: [undefined] }]]',
      'json',
      '[1,[-0.0,18446744073709551616,{"b":[null]}]]',
    ],
    ['({ at: new Date(0), n: new Number(1) })', 'json', '{"at":"1970-01-01T00:00:00.000Z","n":1}'],
    ['"x".repeat(5000)', 'raw', 'x'.repeat(5000)],
  ];
  test.each(values)('%s', async (expression, type, text) => {
    const result = await node(`OUTPUT.k = ${expression}\n`);
    expect(result.stderr).toBe('');
    expect(result.values).toEqual({ k: text });
    expect(result.types).toEqual({ k: type });
  });

  const refused: readonly (readonly [string, string])[] = [
    ['OUTPUT.k = undefined', 'TypeError: OUTPUT["k"] is undefined'],
    ['OUTPUT.k = NaN', 'TypeError: OUTPUT["k"] is NaN'],
    ['OUTPUT.k = { a: [1, -Infinity] }', 'TypeError: OUTPUT["k"]["a"][1] is -Infinity'],
    ['OUTPUT.k = () => 1', 'TypeError: OUTPUT["k"] is a function'],
    ['OUTPUT.k = Symbol("x")', 'TypeError: OUTPUT["k"] is a symbol'],
    ['OUTPUT.k = { a: { b: new Map() } }', 'TypeError: OUTPUT["k"]["a"]["b"] is of type Map'],
    ['OUTPUT.k = [new Set()]', 'TypeError: OUTPUT["k"][0] is of type Set'],
    [
      'OUTPUT.k = [new Uint8Array(1)]',
      'TypeError: OUTPUT["k"][0] is of type Uint8Array inside another value',
    ],
    ['OUTPUT.k = Promise.resolve(1)', 'TypeError: OUTPUT["k"] is a Promise (await it first)'],
    ['const a = []; a.push(a); OUTPUT.k = a', 'TypeError: OUTPUT["k"][0] is an object that contains itself'],
    [
      'let a = []; for (let i = 0; i < 1e5; i++) a = [a]; OUTPUT.k = a',
      'TypeError: OUTPUT["k"] is nested too deep',
    ],
    ['OUTPUT[""] = 1', 'RangeError: a key of OUTPUT has 1 to 2048 bytes, this one has 0'],
    ['OUTPUT["é".repeat(1025)] = 1', 'RangeError: a key of OUTPUT has 1 to 2048 bytes, this one has 2050'],
    ['OUTPUT["a\\0"] = 1', 'RangeError: a key of OUTPUT must not hold NUL'],
    ['OUTPUT["\\ud800"] = 1', 'RangeError: a key of OUTPUT must be valid Unicode'],
    ['OUTPUT[Symbol("x")] = 1', 'TypeError: a key of OUTPUT is a string, not Symbol(x)'],
  ];
  test.each(refused)('refuses %s', async (statement, message) => {
    const result = await node(`OUTPUT.ok = "1"\n${statement}\n`);
    expect(result.stderr).toContain(message);
    expect(result.end).toBe(1);
    expect(result.values).toEqual({ ok: '1' });
  });

  test('hostile keys stay what they are', async () => {
    const keys = [
      '__proto__',
      'constructor',
      'toString',
      '10',
      '9',
      'a.b',
      ' ',
      '$(x)',
      'new\nline',
      'ключ',
      'of',
      'view',
    ];
    const { values } = await node(`for (const k of ${JSON.stringify(keys)}) OUTPUT[k] = 'v' + k\n`);
    for (const key of keys) expect(Object.getOwnPropertyDescriptor(values, key)?.value).toBe(`v${key}`);
  });

  test('an object counts as it stands after the last exit handler', async () => {
    const { values } = await node(
      'const l = (OUTPUT.l = [1]); l.push(2); const d = (OUTPUT.d = {}); process.on("exit", () => { d.x = -0; });\n',
    );
    expect(values).toEqual({ l: '[1,2]', d: '{"x":-0.0}' });
  });

  test('an object that went bad makes the task fail, and the others are kept', async () => {
    const { values, end, stderr } = await node(
      'const a = (OUTPUT.a = []); const b = (OUTPUT.b = []); a.push(NaN); b.push(1);\n',
    );
    expect(end).toBe(1);
    expect(stderr).toContain('otto: TypeError: OUTPUT["a"][0] is NaN');
    expect(values).toEqual({ a: '[]', b: '[1]' });
  });

  test('reads back, deletes, lists', async () => {
    const { values, stdout } = await node(
      'OUTPUT.a = 1; OUTPUT.b = "x"; delete OUTPUT.a; Object.assign(OUTPUT, { c: [1] }); otto_set_output("d", 2);\n' +
        'console.log(OUTPUT.b, Object.keys(OUTPUT).join(), "a" in OUTPUT)\n',
    );
    expect(stdout.toString()).toBe('x b,c,d false\n');
    expect(values).toEqual({ b: 'x', c: '[1]', d: '2' });
  });
});

describe('values survive', () => {
  const endings: readonly (readonly [string, string, number | string])[] = [
    ['process.exit', 'process.exit(3)', 3],
    ['an exception', 'throw new Error("x")', 1],
    ['a rejection', 'await Promise.reject(new Error("x"))', 1],
    ['a promise that never settles', 'await new Promise(() => {})', 13],
    [
      'SIGKILL',
      'process.kill(process.pid, "SIGKILL"); await new Promise((r) => setTimeout(r, 60000))',
      'SIGKILL',
    ],
    ['process.abort', 'process.abort()', 'SIGABRT'],
    ['an exit handler that throws', 'process.on("exit", () => { throw new Error("x") })', 1],
  ];
  test.each(endings)('%s', async (_, ending, end) => {
    const result = await node(`OUTPUT.k = 'v'; const o = (OUTPUT.o = {}); o.x = 1;\n${ending}\n`);
    expect(result.values.k).toBe('v');
    expect(result.end).toBe(end);
  });

  test('threads', async () => {
    const { values, stderr } = await node(
      "const { Worker } = require('node:worker_threads'); const { once } = require('node:events');\n" +
        "const worker = new Worker('OUTPUT.inner = [1]; OUTPUT.inner.push(2)', { eval: true }); await once(worker, 'exit'); OUTPUT.outer = 1\n",
    );
    expect(stderr).toBe('');
    expect(values).toEqual({ inner: '[1,2]', outer: '1' });
  });
});

describe('INPUT', () => {
  const reads: readonly (readonly [string, string])[] = [
    ['INPUT["a.s"]', `'a\\n"é\\x00'`],
    ['INPUT["a.plain"]', "'é'"],
    ['INPUT["a.int"]', '123456789012345678901234567890n'],
    ['INPUT["a.safe"]', '9007199254740991'],
    ['INPUT["a.float"]', '1.5'],
    ['INPUT["a.null"]', 'null'],
    ['INPUT["a.list"]', "[ 1, { a: 9007199254740993n }, '9007199254740993', 'int:', 0.12345678901234566 ]"],
    ["INPUT['a.odd\": key']", "'k'"],
    ['INPUT["a.surrogate"] === "\\ud800"', 'true'],
    ['INPUT["a.dict"]', "{ '$otto': 'bytes', ['__proto__']: 1 }"],
    ['INPUT["a.bytes"]', '<Buffer 00 ff>'],
    ['INPUT["a.text file"]', "'é\\n'"],
    ['INPUT["a.byte file"]', '<Buffer ff 00>'],
    ['INPUT["a.b.c"]', "'of a.b'"],
    ['INPUT.of("a")["b.c"]', "'of a'"],
    ['INPUT.of("none")', '{}'],
    ['INPUT["a.x"]', 'undefined'],
    ['otto_get_input("a.x", "d")', "'d'"],
    ['otto_deserialize_input("a")', 'undefined'],
    ['["a.s" in INPUT, "a.x" in INPUT, "of" in INPUT]', '[ true, false, false ]'],
    ['Object.keys(INPUT).length', '14'],
    ['INPUT.view("a.s")', '<Buffer 61 0a 22 c3 a9 00>'],
    ['INPUT.view("a.null").toString()', "'null'"],
    ['INPUT.view("a.x")', 'undefined'],
    ['INPUT.view("a.plain", { offset: 1, length: 9 })', '<Buffer a9>'],
    ['INPUT.view("a.text file", { offset: 1, length: 1 })', '<Buffer a9>'],
    ['INPUT.view("a.text file", { offset: 3, length: 1 })', '<Buffer >'],
    ['INPUT.view("a.x", { offset: 0, length: 1 })', 'undefined'],
  ];
  test('reads every type exactly', async () => {
    const inspect = "const { inspect } = require('node:util');";
    const lines = reads.map(
      ([expression]) => `console.log(inspect(${expression}, { breakLength: Infinity }))`,
    );
    const { stdout, stderr } = await node(`${inspect}\n${lines.join('\n')}\n`, INPUTS);
    expect(stderr).toBe('');
    expect(stdout.toString().split('\n').slice(0, -1)).toEqual(reads.map(([, expected]) => expected));
  });

  test.each([
    ['INPUT["a.s"] = 1', 'TypeError: INPUT is read-only'],
    ['delete INPUT["a.s"]', 'TypeError: INPUT is read-only'],
    [
      'INPUT.view("a.s", { offset: -1, length: 1 })',
      'RangeError: offset and length are whole numbers: -1, 1',
    ],
    ['INPUT.of("b")', 'TypeError: "b" is no dependency of this task; there are: a, a.b, none'],
  ])('%s is refused', async (statement, message) => {
    const { end, stderr } = await node(`${statement}\n`, INPUTS);
    expect(end).toBe(1);
    expect(stderr).toContain(message);
  });

  test('a value file that is not as its task wrote it is refused', async () => {
    const { stderr } = await node('INPUT["a.text file"]', {
      ...INPUTS,
      files: { 'values/9': Buffer.from('x') },
    });
    expect(stderr).toContain('values/9 has 1 bytes, not the 3 that its task wrote');
  });

  test('what is larger than a Uint8Array can be is read in parts', async () => {
    const size = 2 ** 32 + 3;
    const json = `{\n  "x": {"$otto":"file","type":"bytes","path":"values/1","bytes":${size}}\n}\n`;
    const { stdout, stderr } = await node(
      `const { truncateSync } = require('node:fs'); truncateSync(process.env.OTTO_TASK_DIR + '/values/1', ${size});\n` +
        `console.log(INPUT.view('a.x', { offset: ${size} - 2, length: 9 }))\n` +
        "for (const read of [() => INPUT['a.x'], () => INPUT.view('a.x')]) try { read() } catch (e) { console.log(e.message) }\n",
      { inputs: { a: json }, files: { 'values/1': Buffer.alloc(0) } },
    );
    expect(stderr).toBe('');
    const refused = expect.stringMatching(
      /^INPUT\["a\.x"\] is larger than .* INPUT\.view\(key, \{ offset, length \}\)/,
    );
    expect(stdout.toString().trim().split('\n')).toEqual(['<Buffer 00 00>', refused, refused]);
  });

  test('a tag cannot lead out of the task’s directory', async () => {
    const json = '{\n  "x": {"$otto":"file","type":"raw","path":"../../etc/passwd","bytes":3}\n}\n';
    expect((await node('INPUT["a.x"]', { inputs: { a: json } })).stderr).toContain('does not know');
  });
});

describe('the script', () => {
  beforeAll(() => {
    mkdirSync(join(rig.work, 'node_modules/a-package'), { recursive: true });
    writeFileSync(join(rig.work, 'node_modules/a-package/index.js'), 'module.exports = "package";');
    writeFileSync(join(rig.work, 'local.mjs'), 'export const x = "local"; export default INPUT["a.plain"];');
  });

  test.each([
    ['relative', "import { x } from './local.mjs'; console.log(x)", 'local'],
    ['without a clause', "import './local.mjs'; console.log('done')", 'done'],
    ['of a package', "import x from 'a-package'; console.log(x)", 'package'],
    ['of a built-in module', "import { basename } from 'node:path'; console.log(basename('/x/y'))", 'y'],
    ['dynamic', "const name = './local.mjs'; console.log((await import(name)).default)", 'é'],
    ['resolved by hand', "console.log(import.meta.resolve('./local.mjs').split('/').pop())", 'local.mjs'],
    ['re-exported', "export { x } from './local.mjs'; console.log('exported')", 'exported'],
    [
      'by require',
      "console.log(require('a-package'), require('fs') === process.mainModule)",
      'package false',
    ],
  ])('imports from the work directory: %s', async (_, script, printed) => {
    const { stdout, stderr } = await node(`${script}\n`, INPUTS);
    expect(stderr).toBe('');
    expect(stdout.toString()).toBe(`${printed}\n`);
  });

  test.each([
    ['shm', "import { createRun } from 'otto/shm'; console.log(typeof createRun)"],
    ['shm', "import { createRun } from 'otto'; console.log(typeof createRun)"],
    ['files', "console.log(typeof require('otto/shm').createRun, typeof require('otto').Region.open)"],
    ['files', "import './imports-otto.mjs'; require('./requires-otto.cjs')"],
  ])('finds otto without any set-up, store %s: %s', async (store, script) => {
    writeFileSync(
      join(rig.work, 'imports-otto.mjs'),
      "import { createRun } from 'otto/shm'; console.log(typeof createRun);",
    );
    writeFileSync(join(rig.work, 'requires-otto.cjs'), "console.log(typeof require('otto').createRun);");
    const { stdout, stderr } = await node(`${script}\n`, { environment: { OTTO_STORE: store } });
    expect(stderr).toBe('');
    expect(stdout.toString()).toMatch(/^function[ \n](function\n)?$/);
  });

  test('an otto that is installed comes first, and what is not there stays an error', async () => {
    const installed = join(rig.work, 'node_modules/otto');
    mkdirSync(installed, { recursive: true });
    writeFileSync(join(installed, 'index.js'), "module.exports = 'installed';");
    const script = "import otto from 'otto'; console.log(otto, require('otto'));\n";
    expect((await node(script)).stdout.toString()).toBe('installed installed\n');
    rmSync(installed, { recursive: true });
    expect((await node("require('otto/nope')\n")).stderr).toContain("Cannot find module 'otto/nope'");
    expect((await node("import 'otto/nope'\n")).stderr).toContain("Cannot find package 'otto'");
  });

  test('has the lines of the ottofile and its own directory', async () => {
    const { stderr, stdout } = await node('console.log(process.cwd())\nthrow new Error("x")\n', { line: 30 });
    expect(stderr).toContain('script.mjs:31');
    expect(stdout.toString()).toBe(`${rig.work}\n`);
  });

  test.each([
    'OUTPUT.k = () => 1',
    'otto_set_output("", 1)',
    'INPUT.x = 1',
    'INPUT.of("x")',
    'INPUT["a.byte file"]',
  ])('%s shows the script’s line and nothing of the client', async (statement) => {
    const more = { line: 30, ...INPUTS, files: { 'values/10': Buffer.from('too long') } };
    const { stderr } = await node(`${statement}\n`, more);
    const [place, line, , , message, first] = stderr.split('\n');
    expect(place).toMatch(/script\.mjs:30$/);
    expect(line).toBe(statement);
    expect(message).toMatch(/^\w*Error: /);
    expect(first).toMatch(/^ {4}at .*script\.mjs:30:\d+/);
    expect(stderr).not.toContain('client.cjs');
  });

  test('may declare INPUT and OUTPUT itself', async () => {
    const { stdout } = await node(
      'const INPUT = 1, OUTPUT = 2, require = 3; console.log(INPUT, OUTPUT, require)\n',
    );
    expect(stdout.toString()).toBe('1 2 3\n');
  });
});
