import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clientsDirectory, libraryPath } from '../../src/data/installation.ts';
import { loadNative } from '../../src/data/native-addon.ts';
import { runOttofile, temporaryDirectory } from '../support/python-project.ts';
import { regionRig } from '../support/region-rig.ts';

const CLIENT = join(clientsDirectory(), 'python');

interface Program {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program that is no task, with nothing of otto's in its environment but where the module is. */
function python(lines: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Program {
  const plain = Object.entries(process.env).filter(([name]) => !/^(OTTO|PYTHON)/.test(name));
  const { stdout, stderr } = spawnSync('python3', ['-c', `import otto, sys\n${lines}`, ...args], {
    encoding: 'utf8',
    env: { ...Object.fromEntries(plain), PYTHONPATH: CLIENT, ...environment },
  });
  return { stdout, stderr };
}

const ok = (stdout: string): Program => ({ stdout, stderr: '' });

describe('a region that is alive', () => {
  test('reads what its task sets, at each access, by the directory or the file', () => {
    const rig = regionRig();
    const region = rig.createTask('a task/1');
    region.setString('word', 'é');
    region.setJson('list', '[1,2.0]');
    region.setBytes('large', Buffer.alloc(2_000_000, 7));
    region.setRaw('raw', Buffer.from('raw'));
    const directory = rig.directoryOf('a task/1');
    const lines = `
for path in (sys.argv[1], sys.argv[1] + "/region"):
    with otto.attach(path) as values:
        print(list(values), values["word"], values["list"], values["raw"], len(values["large"]), values.sealed)
        view = values.view("large")
        print("absent" in values, values.get("absent", 5), dict(values) == {key: values[key] for key in values})
    print(len(view), view[0], view.readonly)
    try: values["word"]
    except ValueError as error: print(str(error).endswith("is closed"), repr(values).endswith(": closed>"))
`;
    const each = `['word', 'list', 'large', 'raw'] é [1, 2.0] raw 2000000 False\nFalse 5 True\n2000000 7 True\nTrue True\n`;
    expect(python(lines, [directory])).toEqual(ok(each.repeat(2)));
    region.close();
  });

  test('sets and deletes values, which other processes see at once', () => {
    const rig = regionRig();
    const region = rig.createTask('t');
    region.setString('gone', 'x');
    const lines = `
import array
values = otto.attach(sys.argv[1])
same = otto.attach(sys.argv[1])
values["word"] = "é"
values["numbers"] = array.array("d", [0.5] * 300_000)
values.update(list=[1, {"a": None}], raw=b"\\0")
del values["gone"]
print(list(same), same["word"], same["list"], same["raw"], same["numbers"] == bytes(values.view("numbers")))
values["copy"] = same.view("numbers")
print(len(values["copy"]))
for bad in (1, "", "a\\0b"):
    try: values[bad] = "x"
    except (TypeError, ValueError) as error: print(type(error).__name__)
try: values["bad"] = {1}
except TypeError as error: print(error)
try: del values["absent"]
except KeyError as error: print(error)
values.close()
`;
    expect(python(lines, [rig.directoryOf('t')])).toEqual(
      ok(
        "['word', 'numbers', 'list', 'raw'] é [1, {'a': None}] b'\\x00' True\n2400000\nTypeError\nValueError\nValueError\n" +
          "value 'bad' is of type set; a value is str, bytes, int, float, bool, None, list or dict\n" +
          "there is no value of 't' named 'absent'; there are: copy, list, numbers, raw, word\n",
      ),
    );
    expect(region.getString('word')).toBe('é');
    expect(region.getBytes('copy')?.length).toBe(2_400_000);
    region.seal();
    region.close();
    const sealed = `values = otto.attach(sys.argv[1])\nprint(values.sealed)\nvalues["late"] = 1`;
    const { stdout, stderr } = python(sealed, [rig.directoryOf('t')]);
    expect(stdout).toBe('True\n');
    expect(stderr).toMatch(/RuntimeError: .*\/t\/region/);
  });

  test('a run is a dict of its tasks', () => {
    const rig = regionRig();
    for (const name of ['b', '.a/%', 'x'.repeat(200)]) {
      const region = rig.createTask(name);
      region.setNumber('n', name.length);
      region.close();
    }
    const lines = `
run = otto.attach(sys.argv[1])
names = list(run)
print(names[:2], len(run), [run[name]["n"] for name in names], run["x" * 200]["n"], "c" in run, 5 in run)
run["b"]["n"] = 7
print(run["b"]["n"], repr(run["b"])[:8])
try: run["c"]
except KeyError as error: print(str(error)[:40])
`;
    expect(python(lines, [rig.run.directory])).toEqual(
      ok(
        "['.a/%', 'b'] 3 [4, 1, 200] 200 False False\n7 <Region \nthere is no task with values 'c'; there \n",
      ),
    );
  });

  test('a value that is overwritten, and whose file goes, after it was found is the newer one', () => {
    const rig = regionRig();
    rig.createTask('t').setBytes('large', Buffer.alloc(2_000_000, '1'));
    const lines = `
import os
values = otto.attach(sys.argv[1])
find = values._source.find
def overtaken(key):
    found = find(key)
    values._source.find = find
    otto.attach(sys.argv[1])["large"] = b"2" * 3_000_000
    os.unlink(found.open()[1])
    return found
for read in (lambda: values["large"], lambda: bytes(values.view("large"))):
    values._source.find = overtaken
    data = read()
    print(len(data), data[:1])
`;
    expect(python(lines, [rig.directoryOf('t')])).toEqual(ok("3000000 b'2'\n".repeat(2)));
  });

  test('a copy of otto.py alone reads; to write, it has to be told where the library is', () => {
    const rig = regionRig();
    rig.createTask('t').close();
    const directory = temporaryDirectory('copy');
    copyFileSync(join(CLIENT, 'otto.py'), join(directory, 'otto.py'));
    const alone = { PYTHONPATH: directory, PATH: '/usr/bin:/bin' };
    const write = `values = otto.attach(sys.argv[1], *sys.argv[2:])\nprint(len(values))\nvalues["k"] = 1\nprint(values["k"])`;
    const path = rig.directoryOf('t');
    const library = libraryPath() ?? 'it has been compiled';
    const failed = python(write, [path], alone);
    expect(failed.stdout).toBe('0\n');
    expect(failed.stderr).toMatch(/RuntimeError: libotto.so is not there: .*OTTO_LIBRARY/);
    expect(python(write, [path, library], alone)).toEqual(ok('0\n1\n'));
    expect(python(write, [path], { ...alone, OTTO_LIBRARY: library })).toEqual(ok('1\n1\n'));
  });
});

const OTTOFILE = `
tasks:
  first/task:
    python: |
      OUTPUT["z"] = "é"
      OUTPUT["a"] = [1, 10 ** 30, 1.0, None]
      OUTPUT["large"] = b"\\0" * 20_000_000
      OUTPUT["text"] = "ä" * 10_000_000
      OUTPUT["object"] = {"$otto": "mine"}
  empty:
    bash: "true"
  last:
    before: [first/task, empty]
    python: |
      import otto, os
      OUTPUT["own"] = "x"
      for path in ([os.environ["OTTO_SHM_DIR"], os.environ["OTTO_TASK_DIR"]] if "OTTO_SHM_DIR" in os.environ else []):
          values = otto.attach(path)
          values = values["last"] if "last" in values else values
          assert dict(values) == {"own": "x"}
          values["more"] = 1
          assert values["more"] == 1
          del values["more"]
      if "OTTO_SHM_DIR" not in os.environ:
          try: otto.attach(os.environ["OTTO_TASK_DIR"])
          except FileNotFoundError as error: print(error)
`;

describe.each(['files', 'shm'])('history of a run with the store %s', (store) => {
  test('a task and a run, by every path that leads there', () => {
    const { directory, lines } = runOttofile(OTTOFILE, store);
    const [project = ''] = readdirSync(join(directory, 'home')).filter((name) =>
      name.startsWith('otto-project'),
    );
    const run = join(directory, 'home', project, 'latest');
    if (store === 'files')
      expect(lines[0]).toMatch(
        /^\[Errno 2\] the task 'last' has not ended yet: its values come with its end: '/,
      );
    const task = join(run, 'tasks', 'first%2Ftask');
    const program = `
for path in sys.argv[1:]:
    values = otto.attach(path)
    if "first/task" in values:
        print(list(values), len(values["empty"]))
        values = values["first/task"]
    assert list(values) == ["z", "a", "large", "text", "object"], list(values)
    assert values["z"] == "é" and values["a"] == [1, 10 ** 30, 1.0, None] and values["large"] == bytes(20_000_000)
    assert values["text"] == "ä" * 10_000_000 and values["object"] == {"$otto": "mine"}
    view = values.view("large")
    assert len(view) == 20_000_000 and view.readonly and values.view("z") == "é".encode()
    try: values["z"] = 1
    except TypeError as error: print(error)
`;
    const json = join(task, 'output.first%2Ftask.json');
    const refusal = `${json} is read-only: 'z' cannot be set\n`;
    expect(python(program, [run, task, json])).toEqual(
      ok(`['empty', 'first/task', 'last'] 0\n${refusal.repeat(3)}`),
    );
  });
});

test('a path that leads to nothing is named as it was given, also below a run that has a place on disk', () => {
  const root = temporaryDirectory('otto-attach-');
  const run = loadNative().createRun('run', { root: join(root, 'shm'), spillRoot: join(root, 'spill') });
  const path = join(run.directory, 'nope');
  expect(
    python('try: otto.attach(sys.argv[1])\nexcept FileNotFoundError as error: print(error)', [path]),
  ).toEqual(ok(`[Errno 2] there is no task or run of otto: '${path}'\n`));
  run.remove();
});

test('a task whose region is given back while it is looked for is in history', () => {
  const directory = join(temporaryDirectory('ended'), 'task');
  mkdirSync(directory);
  const task = { version: 1, task: 'task', store: 'shm', spool: '/dev/shm/otto-none/run/task' };
  writeFileSync(join(directory, 'task.json'), JSON.stringify(task));
  const lines = `
read = otto._read_task_json
def ended(directory):
    with open(directory + "/output.task.json", "w") as file:
        file.write('{\\n  "k": "v"\\n}\\n')
    return read(directory)
otto._read_task_json = ended
print(dict(otto.attach(sys.argv[1])))
`;
  expect(python(lines, [directory])).toEqual(ok("{'k': 'v'}\n"));
});

test('a missing key is a KeyError that other processes can be given', () => {
  const rig = regionRig();
  rig.createTask('t').close();
  const lines = `
import pickle
try: otto.attach(sys.argv[1])["k"]
except KeyError as error: print(type(pickle.loads(pickle.dumps(error))) is KeyError, error)
`;
  expect(python(lines, [rig.directoryOf('t')])).toEqual(
    ok("True there is no value of 't' named 'k'; there are: none\n"),
  );
});

test.each([
  ['nothing', 'nothing', /FileNotFoundError: .*there is no task or run of otto: '.*\/nothing'/],
  ['a directory of something else', '.', /FileNotFoundError: .*there is no task or run of otto/],
  ['a file of something else', 'file', /FileNotFoundError: .*there is no task or run of otto/],
  ['a region in a directory that is open to others', 'open/run/task', /CorruptRegion: .*open to others/],
])('%s is refused by name', (_, path, message) => {
  const directory = temporaryDirectory('attach');
  writeFileSync(join(directory, 'file'), '');
  mkdirSync(join(directory, 'open/run/task'), { recursive: true, mode: 0o755 });
  writeFileSync(join(directory, 'open/run/task/region'), '');
  const { stdout, stderr } = python('otto.attach(sys.argv[1])', [join(directory, path)]);
  expect(stdout).toBe('');
  expect(stderr).toMatch(message);
});

test('INPUT and OUTPUT of a program that is no task say so', () => {
  const lines = `
for use in (lambda: otto.INPUT["a.b"], lambda: list(otto.INPUT), lambda: otto.OUTPUT.update(a=1)):
    try: use()
    except RuntimeError as error: print(error)
`;
  const said =
    'INPUT and OUTPUT belong to a task that otto runs, and this process is none (OTTO_TASK_DIR is not set); otto.attach(path) opens the values of any run\n';
  expect(python(lines, [])).toEqual(ok(said.repeat(3)));
});
