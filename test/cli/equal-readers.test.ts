import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { STORE_NAMES } from '../../src/data/store.ts';
import { Project } from './project.ts';

/** Values at the edges of what the languages can hold: whoever reads them, and whatever is refused, is the same in every store. */

const OTTOFILE = String.raw`
tasks:
  declared:
    outputs: {numbers: json, twice: json, quoted: json, half: json, short: {schema: {maxLength: 3}}, zero: float, int: int, deep: json, b: bytes}
    bash: |
      OUTPUT[numbers]='[1e400, -0, 9007199254740993, 1E5, 0.10, 1.0e+2]'
      OUTPUT[twice]='{"a":1,"a":2,"":3,"__proto__":4}'
      OUTPUT[quoted]=' "a\u00e9\n" '
      OUTPUT[half]='"\ud800x"'
      OUTPUT[short]='"abc"'
      OUTPUT[zero]=-0
      OUTPUT[int]=123456789012345678901234567890
      OUTPUT[deep]=$(printf '[%.0s' {1..500}; printf ']%.0s' {1..500})
      OUTPUT[b]=abc
  python:
    python: |
      import collections, datetime, decimal
      deep = []
      for _ in range(400): deep = [deep]
      OUTPUT["deep"] = deep
      OUTPUT["half"] = {"\ud800": "\udfff"}
      OUTPUT["no name"] = {"": {"": None}}
      OUTPUT["numbers"] = [-0.0, 0.0, 1e308, 5e-324, 2**53 + 1, -2**63, 10**400]
      OUTPUT["tuple"] = (1, 2)
      OUTPUT["bytearray"] = bytearray(b"x\0")
      OUTPUT["view"] = memoryview(b"\xff")
      OUTPUT["ordered"] = collections.OrderedDict(z=1, a=2)
      class Name(str): pass
      OUTPUT["name"] = Name("a\u00e9")
      values = [float("nan"), float("inf"), datetime.date(2020, 1, 1), decimal.Decimal("1"), {1}, [float("nan")], [b"x"], {1: 2}]
      for key, value in [("refused", value) for value in values] + [(key, 1) for key in ["", "a\0b", 1, None, "k" * 2049, "\ud800"]]:
          try: OUTPUT[key] = value
          except (TypeError, ValueError) as error: print(type(error).__name__, str(error)[-300:])
          else: print("set", key, value)
  node:
    node: |
      let deep = [];
      for (let i = 0; i < 400; i++) deep = [deep];
      OUTPUT.deep = deep;
      OUTPUT.numbers = [-0, 0, 2 ** 53 + 2, 1e308, 5e-324, -(2n ** 63n), 1e21];
      OUTPUT.zero = -0;
      OUTPUT['no name'] = { '': { '': null } };
      OUTPUT.half = { '\ud800': '\udfff' };
      OUTPUT.array = new Uint8Array([1, 0, 255]);
      OUTPUT.date = new Date(0);
      OUTPUT.boxed = Object('x "y"');
      OUTPUT.json = { toJSON: () => '\ud800' };
      OUTPUT.hole = [undefined];
      const values = [NaN, -Infinity, new Map([[1, 2]]), Symbol('x'), () => 1, undefined, [NaN], [Buffer.from('x')], /x/];
      const tries = [...values.map((value) => ['refused', value]), ...['', 'a\0b', 'k'.repeat(2049), '\ud800'].map((key) => [key, 1])];
      for (const [key, value] of tries) {
        try {
          OUTPUT[key] = value;
          console.log('set', key);
        } catch (error) {
          console.log(error.name, error.message.slice(-300));
        }
      }
  in-bash:
    before: [declared, python, node]
    bash: 'for key in "${'$'}{!INPUT[@]}"; do printf "%s=%s\n" "$key" "${'$'}{INPUT[$key]}"; otto.get "$key" | od -c; done'
  in-python:
    before: [declared, python, node]
    python: 'for key in INPUT: print(ascii([key, type(INPUT[key]), INPUT[key], bytes(INPUT.view(key))]))'
  in-node:
    before: [declared, python, node]
    node: |
      import { inspect } from 'node:util';
      for (const key of Object.keys(INPUT)) console.log(inspect([key, INPUT[key], Buffer.from(INPUT.view(key)).toString('latin1')], { depth: 4 }));
`;

/** What every task said and set, by its name. */
function told(dir: Project): Record<string, string> {
  const { directory } = JSON.parse(dir.otto(['history', 'latest', '--json']).stdout);
  const text = (task: string, name: string): string =>
    readFileSync(join(directory, 'tasks', task, name), 'utf8');
  return Object.fromEntries(
    readdirSync(join(directory, 'tasks')).map((task) => [
      task,
      text(task, 'stdout.log') + text(task, `output.${task}.json`),
    ]),
  );
}

test('values at the edges are read alike from every store, and refused alike', () => {
  using dir = new Project({ 'otto.yml': OTTOFILE });
  const runs = STORE_NAMES.map((store) => {
    const { code, stderr } = dir.otto(['run', '-q', '--store', store, 'in-bash', 'in-python', 'in-node']);
    expect({ store, code, stderr }).toMatchObject({ code: 0 });
    return told(dir);
  });
  const [files, ...others] = runs;
  expect(files?.python).not.toContain('set refused');
  expect(files?.node).not.toContain('set refused');
  expect(files?.declared).toContain('"quoted": "aé\\n"');
  expect(files?.node).toContain('"date": "1970-01-01T00:00:00.000Z"');
  expect(files?.['in-node']).toContain("'node.boxed', 'x \"y\"', 'x \"y\"'");
  for (const [n, other] of others.entries()) expect(other, STORE_NAMES[n + 1]).toEqual(files);
}, 120_000);
