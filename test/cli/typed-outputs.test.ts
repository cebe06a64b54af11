import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Project, project } from './project.ts';

const STORES = [[], ['--fast']] as const;

const LARGE = 3 * 1024 * 1024;

/** The output JSON of a task in the newest run. */
function outputOf(p: Project, task: string): string {
  const { stdout } = p.otto(['history', 'latest', '--json']);
  const found = JSON.parse(stdout).tasks.find((one: { name: string }) => one.name === task);
  return readFileSync(found.output, 'utf8');
}

const SET: Readonly<Record<string, string>> = {
  bash: `
      OUTPUT[n]=123456789012345678901234567890
      OUTPUT[x]=1.50
      OUTPUT[ok]=true
      OUTPUT[raw]='[1, 2]'
      OUTPUT[doc]='{"a": 1.0,  "b": "x y"}'
      OUTPUT[list]='[1, [2]]'
      OUTPUT[fits]='{"sha": "abc"}'
      OUTPUT[text]=42`,
  python: `
      OUTPUT["n"] = 123456789012345678901234567890
      OUTPUT["x"] = "1.50"
      OUTPUT["ok"] = True
      OUTPUT["raw"] = b"[1, 2]"
      OUTPUT["doc"] = '{"a": 1.0,  "b": "x y"}'
      OUTPUT["list"] = [1, [2]]
      OUTPUT["fits"] = {"sha": "abc"}
      OUTPUT["text"] = "42"`,
  node: `
      OUTPUT.n = 123456789012345678901234567890n
      OUTPUT.x = '1.50'
      OUTPUT.ok = true
      OUTPUT.raw = Buffer.from('[1, 2]')
      OUTPUT.doc = '{"a": 1.0,  "b": "x y"}'
      OUTPUT.list = [1, [2]]
      OUTPUT.fits = {sha: 'abc'}
      OUTPUT.text = '42'`,
};

const TYPED = (language: string): string => `
tasks:
  set:
    outputs:
      n: int
      x: float
      ok: bool
      raw: bytes
      doc: json
      list: list
      fits: {type: object, required: [sha]}
      text: string
      absent: {type: int, optional: true}
    ${language}: |${SET[language]}
  python:
    before: [set]
    python: |
      print(sorted((k, type(v).__name__) for k, v in INPUT.items()))
      print(INPUT["set.n"] + 1, INPUT["set.x"], INPUT["set.doc"], INPUT["set.text"])
  node:
    before: [set]
    node: |
      console.log(INPUT['set.n'] + 1n, INPUT['set.raw'], INPUT['set.fits'].sha, INPUT['set.list'])
  bash:
    before: [set]
    bash: |
      printf '%s\\n' "\${INPUT[set.n]}" "\${INPUT[set.x]}" "\${INPUT[set.doc]}" "\${INPUT[set.raw]}"
`;

const JSON_OF_ALL = `{
  "n": 123456789012345678901234567890,
  "x": 1.50,
  "ok": true,
  "raw": {"$otto":"bytes","base64":"WzEsIDJd"},
  "doc": {"a":1.0,"b":"x y"},
  "list": [1,[2]],
  "fits": {"sha":"abc"},
  "text": "42"
}
`;

describe.each(STORES.map((args) => [args]))('outputs that are declared, with %j', (args) => {
  test.each(['bash', 'python', 'node'])(
    'become what they are declared as, from %s in every language',
    (language) => {
      using p = project(TYPED(language));
      const { code, stdout, stderr } = p.otto(['run', ...args, '-j1', 'python', 'node', 'bash']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('4 tasks succeeded') });
      const lines = stdout.split('\n').map((line) => line.replace(/^\w+ +\| /, ''));
      expect(lines.slice(0, 8)).toEqual([
        "[('set.doc', 'dict'), ('set.fits', 'dict'), ('set.list', 'list'), ('set.n', 'int'), ('set.ok', 'bool'), " +
          "('set.raw', 'bytes'), ('set.text', 'str'), ('set.x', 'float')]",
        "123456789012345678901234567891 1.5 {'a': 1.0, 'b': 'x y'} 42",
        '123456789012345678901234567891n <Buffer 5b 31 2c 20 32 5d> abc [ 1, [ 2 ] ]',
        '123456789012345678901234567890',
        '1.50',
        '{"a":1.0,"b":"x y"}',
        '[1, 2]',
        '',
      ]);
      expect(outputOf(p, 'set')).toBe(JSON_OF_ALL);
    },
  );

  test('large ones are not taken apart', () => {
    using p = project(`
tasks:
  set:
    outputs: {text: string, raw: bytes, list: list}
    bash: |
      head -c ${LARGE} /dev/zero | tr '\\0' x | otto.set text -
      head -c ${LARGE} /dev/zero | tr '\\0' y | otto.set raw -
      { printf '['; head -c ${LARGE} /dev/zero | tr '\\0' ' '; printf '1 ]'; } | otto.set list -
  get:
    before: [set]
    python: |
      print(type(INPUT["set.text"]).__name__, type(INPUT["set.raw"]).__name__, INPUT["set.list"])
      print(INPUT["set.raw"] == b"y" * ${LARGE}, INPUT["set.text"] == "x" * ${LARGE})
`);
    const { code, stdout } = p.otto(['run', ...args, 'get']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'get | str bytes [1]\nget | True True\n' });
  });

  test.each([
    ['bash', 'OUTPUT[n]="4 2"', '"4 2" (a string), declared as int'],
    ['bash', 'OUTPUT[n]="\\$(touch hacked)"', '"$(touch hacked)" (a string), declared as int'],
    ['bash', "OUTPUT[n]=$'\\\\xff'", 'bytes, declared as int'],
    ['python', 'OUTPUT["n"] = 1.5', '1.5 (a float), declared as int'],
    ['python', 'OUTPUT["n"] = True', 'true (a bool), declared as int'],
    ['python', 'OUTPUT["n"] = [1]', '[1] (a list), declared as int'],
    ['node', 'OUTPUT.n = null', 'null (null), declared as int'],
    ['node', 'OUTPUT.n = 0.5', '0.5 (a float), declared as int'],
  ])('one that does not fit fails its task: %s: %s', (language, script, words) => {
    using p = project(
      `tasks:\n  set:\n    outputs: {n: int}\n    ${language}: ${JSON.stringify(script.replaceAll('\\\\', '\\'))}\n  get: {before: [set], bash: touch ran}\n`,
    );
    const { code, stderr } = p.otto(['run', ...args, 'get']);
    expect(code).toBe(1);
    expect(stderr).toContain(`otto.yml:3:15: task "set" has set "n" to ${words}`);
    expect(outputOf(p, 'set')).toMatch(/^\{\n {2}"n": /);
    expect(p.otto(['history', 'latest', '--json']).stdout).toContain('"skipped"');
  });

  test('a missing one, an undeclared one and one of a wrong type are all told, with their values kept', () => {
    using p = project(`
tasks:
  set:
    outputs:
      n: int
      sha: string
      more: {optional: true}
    python: |
      OUTPUT["n"] = "x"
      OUTPUT["other"] = {"a": 1}
`);
    const { code, stderr } = p.otto(['run', ...args, 'set']);
    expect(code).toBe(1);
    expect(stderr).toContain('otto.yml:5:7: task "set" has set "n" to "x" (a string), declared as int');
    expect(stderr).toContain('otto.yml:6:7: task "set" has not set "sha", declared as string');
    expect(stderr).toContain(
      'otto.yml:3:3: task "set" has set "other" to {"a":1} (a dict), which its "outputs" do not declare',
    );
    expect(outputOf(p, 'set')).toBe('{\n  "n": "x",\n  "other": {"a":1}\n}\n');
  });

  test('a task whose script fails is told for that, not for what it has not set', () => {
    using p = project('tasks:\n  set: {outputs: {n: int}, bash: exit 3}\n');
    const { code, stderr } = p.otto(['run', ...args, 'set']);
    expect(code).toBe(1);
    expect(stderr).toContain('failed with exit code 3');
    expect(stderr).not.toContain('declared');
  });

  test('a schema that is none is told before anything runs', () => {
    using p = project(
      'tasks:\n  a: {bash: echo ran}\n  set: {before: a, outputs: {n: {schema: {type: nothing}}}, bash: "OUTPUT[n]=1"}\n',
    );
    const { code, stdout, stderr } = p.otto(['run', ...args, 'set']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/otto\.yml:3:30 .*the schema of the output "n" cannot be used: schema is invalid/);
    expect(p.otto(['run', ...args, 'a']).code).toBe(0);
  });

  test('a key without a type that is missing is told as such', () => {
    using p = project('tasks: {set: {outputs: [n], bash: "true"}}');
    expect(p.otto(['run', ...args, 'set']).stderr).toContain('has not set "n", which its "outputs" declare');
  });
});
