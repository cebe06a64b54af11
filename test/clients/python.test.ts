import { afterAll, describe, expect, test } from 'vitest';
import { ClientRig, type ClientTask } from './rig.ts';
import { sampleInputs } from './sample.ts';

const rig = new ClientRig();
afterAll(() => rig.close());

const python = (script: string, more: Partial<ClientTask> = {}) =>
  rig.run({ language: 'python', script, ...more });

const INPUTS = sampleInputs(`  "empty": "",
  "float": 1.0,
  "list": [1,{"a":"b"}],
  "dict": {"$otto":"value","value":{"$otto":"bytes"}}`);

describe('OUTPUT', () => {
  const values: readonly (readonly [string, string, string])[] = [
    ['"é\\n"', 'raw', 'é\n'],
    ['""', 'raw', ''],
    ['"a\\0b"', 'raw', 'a\0b'],
    ['"\\ud800x"', 'json', '"\\ud800x"'],
    ['b"\\xff\\0"', 'bytes', '0xff00'],
    ['bytearray(b"ab")', 'bytes', 'ab'],
    ['memoryview(b"abcd")[::2]', 'bytes', 'ac'],
    ['memoryview(b"")', 'bytes', ''],
    ['10**5000', 'json', `1${'0'.repeat(5000)}`],
    ['-7', 'json', '-7'],
    ['1.0', 'json', '1.0'],
    ['0.1+0.2', 'json', '0.30000000000000004'],
    ['1e400/1e308 if False else 1e22', 'json', '1e+22'],
    ['True', 'json', 'true'],
    ['None', 'json', 'null'],
    ['(1, [2, {"é": None}])', 'json', '[1,[2,{"é":null}]]'],
    ['{"k": "\\udfff"}', 'json', '{"k":"\\udfff"}'],
    ['"x" * 5000', 'raw', 'x'.repeat(5000)],
  ];
  test.each(values)('%s', async (expression, type, text) => {
    const result = await python(`OUTPUT["k"] = ${expression}\n`);
    expect(result.stderr).toBe('');
    expect(result.values).toEqual({ k: text });
    expect(result.types).toEqual({ k: type });
  });

  const refused: readonly (readonly [string, string])[] = [
    ['OUTPUT["k"] = {1, 2}', "TypeError: OUTPUT['k'] is of type set"],
    ['OUTPUT["k"] = [0, {"a": [object()]}]', "TypeError: OUTPUT['k'][1]['a'][0] is of type object"],
    ['OUTPUT["k"] = {"a": {1: 2}}', "TypeError: OUTPUT['k']['a'] has the key 1 of type int"],
    ['OUTPUT["k"] = [b"x"]', "TypeError: OUTPUT['k'][0] is of type bytes"],
    ['OUTPUT["k"] = float("nan")', "TypeError: OUTPUT['k'] is nan"],
    ['OUTPUT["k"] = [float("-inf")]', "TypeError: OUTPUT['k'][0] is -inf"],
    ['a = []; a.append(a); OUTPUT["k"] = a', "TypeError: OUTPUT['k'][0] contains itself"],
    ['a = []\nfor _ in range(10**5): a = [a]\nOUTPUT["k"] = a', "TypeError: OUTPUT['k'] is nested too deep"],
    ['OUTPUT[1] = "x"', 'TypeError: a key of OUTPUT is a str, not int: 1'],
    ['OUTPUT[""] = "x"', 'ValueError: a key has 1 to 2048 bytes and no NUL'],
    ['OUTPUT["é" * 1025] = "x"', 'ValueError: a key has 1 to 2048 bytes and no NUL, this one has 2050'],
    ['OUTPUT["a\\0"] = "x"', 'ValueError: a key has 1 to 2048 bytes and no NUL'],
    ['OUTPUT["\\ud800"] = "x"', 'ValueError: a key of OUTPUT must be valid Unicode'],
    ['OUTPUT["x"]', "there is no output 'x'; there are: ok"],
    ['del OUTPUT["x"]', "there is no output 'x'; there are: ok"],
    [
      'OUTPUT.x = 1',
      "AttributeError: OUTPUT has no attribute 'x': its values are written OUTPUT['x'] = value",
    ],
    ['OUTPUT.x', "AttributeError: OUTPUT has no attribute 'x': its values are written OUTPUT['x']"],
    [
      'INPUT.build',
      'AttributeError: INPUT has no attribute \'build\': its values are written INPUT["task.key"]',
    ],
  ];
  test.each(refused)('refuses %s', async (statement, message) => {
    const result = await python(`OUTPUT["ok"] = "1"\n${statement}\n`);
    expect(result.stderr).toContain(message);
    expect(result.stderr).not.toContain('During handling');
    expect(result.end).toBe(1);
    expect(result.values).toEqual({ ok: '1' });
  });

  test('a list counts as it stands when the script ends', async () => {
    const { values } = await python(
      'import atexit\nl = OUTPUT["l"] = [1]\nd = OUTPUT["d"] = {}\natexit.register(lambda: d.update(x=1))\nl.append(2)\n',
    );
    expect(values).toEqual({ l: '[1,2]', d: '{"x":1}' });
  });

  test('a list that went bad makes the task fail, and the others are kept', async () => {
    const { values, end, stderr } = await python(
      'a = OUTPUT["a"] = []\nb = OUTPUT["b"] = []\na.append({1})\nb.append(1)\n',
    );
    expect(end).toBe(1);
    expect(stderr).toBe(
      "otto: TypeError: OUTPUT['a'][0] is of type set; a value is str, bytes, int, float, bool, None, list or dict\n",
    );
    expect(values).toEqual({ a: '[]', b: '[1]' });
  });

  test('reads back, deletes, lists', async () => {
    const { values, stdout } = await python(
      'OUTPUT["a"] = 1; OUTPUT["b"] = "x"; del OUTPUT["a"]; OUTPUT.update(c=[1])\nprint(OUTPUT["b"], list(OUTPUT), len(OUTPUT), "a" in OUTPUT)\n',
    );
    expect(stdout.toString()).toBe("x ['b', 'c'] 2 False\n");
    expect(values).toEqual({ b: 'x', c: '[1]' });
  });
});

describe('values survive', () => {
  const endings: readonly (readonly [string, string, number | string])[] = [
    ['sys.exit(3)', 'import sys; sys.exit(3)', 3],
    ['sys.exit with words', 'import sys; sys.exit("words")', 1],
    ['an exception', 'raise ValueError("x")', 1],
    ['os._exit', 'import os; os._exit(4)', 4],
    ['SIGKILL', 'import os, signal; os.kill(os.getpid(), signal.SIGKILL)', 'SIGKILL'],
    [
      'SIGINT',
      'import os, signal; os.kill(os.getpid(), signal.SIGINT); import time; time.sleep(60)',
      'SIGINT',
    ],
    ['exec', 'import os; os.execvp("true", ["true"])', 0],
    ['a closed stdout', 'import os; os.close(1); os.close(2)', 0],
    ['descriptors closed in bulk', 'import os; os.closerange(3, 100)\nOUTPUT["k"] = "v"', 0],
  ];
  test.each(endings)('%s', async (_, ending, end) => {
    const result = await python(`OUTPUT["k"] = "v"\n${ending}\n`);
    expect(result.values).toEqual({ k: 'v' });
    expect(result.end).toBe(end);
  });

  test('threads and forked children', async () => {
    const { values, stderr } = await python(`import multiprocessing, threading
shared = OUTPUT["shared"] = []
def child(n):
    OUTPUT["child %d" % n] = "x" * 5000
    shared.append(n)
threads = [threading.Thread(target=lambda n=n: OUTPUT.__setitem__("thread %d" % n, n)) for n in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]
context = multiprocessing.get_context("fork")
processes = [context.Process(target=child, args=(n,)) for n in range(4)]
[p.start() for p in processes]; [p.join() for p in processes]
`);
    expect(stderr).toBe('');
    expect(Object.keys(values)).toHaveLength(13);
    expect(values.shared).toBe('[]');
    expect(values['child 3']).toBe('x'.repeat(5000));
  });
});

describe('INPUT', () => {
  const reads: readonly (readonly [string, string])[] = [
    ['INPUT["a.s"]', "'a\\n\"é\\x00'"],
    ['INPUT["a.empty"]', "''"],
    ['INPUT["a.int"]', '123456789012345678901234567890'],
    ['INPUT["a.float"]', '1.0'],
    ['INPUT["a.null"]', 'None'],
    ['INPUT["a.list"]', "[1, {'a': 'b'}]"],
    ["INPUT['a.odd\": key']", "'k'"],
    ['INPUT["a.dict"]', "{'$otto': 'bytes'}"],
    ['INPUT["a.surrogate"] == "\\ud800", bytes(INPUT.view("a.surrogate"))', '(True, b\'"\\\\ud800"\')'],
    ['INPUT["a.bytes"]', "b'\\x00\\xff'"],
    ['INPUT["a.text file"]', "'é\\n'"],
    ['INPUT["a.byte file"]', "b'\\xff\\x00'"],
    ['INPUT["a.b.c"]', "'of a.b'"],
    ['INPUT.of("a")["b.c"]', "'of a'"],
    ['INPUT.get("a.x", 5)', '5'],
    ['otto_get_input("a.x", "d")', "'d'"],
    ['otto_get_input("a.x")', 'None'],
    ['otto_deserialize_input("a")', 'None'],
    ['"a.s" in INPUT, "a.x" in INPUT, 5 in INPUT', '(True, False, False)'],
    ['len(INPUT), len(INPUT.of("none")), len(dict(INPUT))', '(13, 0, 13)'],
    ['bytes(INPUT.view("a.s"))', "b'a\\n\"\\xc3\\xa9\\x00'"],
    ['bytes(INPUT.view("a.list"))', 'b\'[1,{"a":"b"}]\''],
    ['bytes(INPUT.view("a.dict"))', 'b\'{"$otto":"bytes"}\''],
    ['bytes(INPUT.view("a.byte file")), INPUT.view("a.byte file").readonly', "(b'\\xff\\x00', True)"],
    ['INPUT["a.list"].append(1) or INPUT["a.list"]', "[1, {'a': 'b'}]"],
  ];
  test('reads every type exactly', async () => {
    const script = reads.map(([expression]) => `print(repr((${expression})), end="\\n--\\n")`).join('\n');
    const { stdout, stderr } = await python(`${script}\n`, INPUTS);
    expect(stderr).toBe('');
    expect(stdout.toString().split('\n--\n').slice(0, -1)).toEqual(reads.map(([, expected]) => expected));
  });

  test.each([
    ['INPUT["a.x"]', "KeyError: there is no input 'a.x'; there are: a.b.c, a.byte file"],
    ['INPUT.of("b")', "there is no dependency 'b'; there are: a, a.b, none"],
    ['INPUT.of("a.b")["x"]', "there is no value of 'a.b' named 'x'; there are: c"],
    ['INPUT["a.s"] = 1', "TypeError: INPUT is read-only: 'a.s' cannot be set"],
    ['del INPUT["a.s"]', "TypeError: INPUT is read-only: 'a.s' cannot be deleted"],
    ['INPUT.of("a.b")["c"] = 1', "TypeError: INPUT.of('a.b') is read-only: 'c' cannot be set"],
  ])('%s fails and names what there is', async (statement, message) => {
    const { end, stderr } = await python(`${statement}\n`, INPUTS);
    expect(end).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('clients/python');
  });

  test('a view may be assigned to OUTPUT', async () => {
    const { values } = await python('OUTPUT["k"] = INPUT.view("a.byte file")\n', INPUTS);
    expect(values).toEqual({ k: '0xff00' });
  });

  test.each([
    [
      'a file that is shorter than its task wrote',
      { 'values/9': Buffer.from('x'), 'values/10': Buffer.of(1) },
      'has 1 bytes, not the 3',
    ],
  ])('refuses %s', async (_, files, message) => {
    const { end, stderr } = await python('INPUT["a.text file"]\n', { ...INPUTS, files });
    expect(end).toBe(1);
    expect(stderr).toContain(message);
  });

  test('a tag cannot lead out of the task’s directory', async () => {
    const json = '{\n  "x": {"$otto":"file","type":"raw","path":"../../etc/passwd","bytes":3}\n}\n';
    const { end, stderr } = await python('INPUT["a.x"]\n', { inputs: { a: json } });
    expect(end).toBe(1);
    expect(stderr).toContain('a tag that this client does not know');
  });
});

describe('the script is __main__', () => {
  test('with its own names, arguments, path and features', async () => {
    const { stdout, stderr } = await python(`from __future__ import annotations
"""not a docstring"""
import dataclasses, pickle, sys, os
@dataclasses.dataclass
class Point:
    x: Undefined
def f(): return 1
assert pickle.loads(pickle.dumps(Point(1))) == Point(1)
assert sys.modules["__main__"].f is f and __name__ == "__main__"
assert len(sys.argv) == 1 and sys.argv[0] == __file__ and os.path.basename(__file__) == "script.py"
assert sys.path[0] == os.getcwd()
assert not {"otto", "otto_main", "run"} & set(sys.modules)
print(sorted(n for n in globals() if not n.startswith("__")))
`);
    expect(stderr).toBe('');
    expect(stdout.toString()).toBe(
      "['INPUT', 'OUTPUT', 'Point', 'annotations', 'dataclasses', 'f', 'os', 'otto_deserialize_input', 'otto_get_input', 'otto_set_output', 'pickle', 'sys']\n",
    );
  });

  test('a traceback shows lines of the ottofile and no frame of otto', async () => {
    const { stderr } = await python('def f():\n    1 / 0\nf()\n', { line: 20 });
    expect(stderr).toBe(
      `Traceback (most recent call last):\n  File "${rig.work}/otto.yml", line 22, in <module>\n    f()\n` +
        `  File "${rig.work}/otto.yml", line 21, in f\n    1 / 0\n    ~~^~~\nZeroDivisionError: division by zero\n`,
    );
  });

  test('a syntax error has the line of the ottofile and no frame of otto', async () => {
    const { stderr, end } = await python('x = 1\nif\n', { line: 20 });
    expect(end).toBe(1);
    expect(stderr).toMatch(/^ {2}File "[^"]*\/otto\.yml", line 21\n/);
  });

  test('an excepthook of the script is called', async () => {
    const { stderr, end } = await python(
      'import sys\nsys.excepthook = lambda t, v, tb: print("mine", v, tb.tb_lineno, file=sys.stderr)\nraise ValueError("x")\n',
    );
    expect(stderr).toBe('mine x 5\n');
    expect(end).toBe(1);
  });

  test('UTF-8 whatever the locale, unbuffered', async () => {
    const environment = { LC_ALL: 'C', LANG: 'C', PYTHONIOENCODING: '' };
    const { stdout } = await python('import os\nprint("é", open(0).read())\nos._exit(0)\n', {
      environment,
      stdin: 'ß',
    });
    expect(stdout.toString()).toBe('é ß\n');
  });

  test('PYTHONSAFEPATH does not keep the client from loading', async () => {
    const { values, stderr } = await python('OUTPUT["k"] = 1\n', { environment: { PYTHONSAFEPATH: '1' } });
    expect(stderr).toBe('');
    expect(values).toEqual({ k: '1' });
  });
});
