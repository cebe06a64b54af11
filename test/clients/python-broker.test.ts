import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { TaskName } from '../../src/base/task-name.ts';
import { bytesOf } from '../../src/data/entry-bytes.ts';
import { clientsDirectory } from '../../src/data/installation.ts';
import { BrokerRig } from '../data/broker/rig.ts';

let rig: BrokerRig;
beforeEach(() => {
  rig = new BrokerRig();
});
afterEach(() => rig.remove());

/** Runs a program that imports otto as a task, and gives what it printed. */
async function run(task: string, program: string, dependencies: readonly string[] = []): Promise<string> {
  await rig.start(task, dependencies);
  const directory = rig.taskDirectory(task);
  const socket = rig.broker.path;
  const inputs = dependencies.map((name) => ({ task: name, json: '/nowhere', shm: null, socket }));
  mkdirSync(directory, { recursive: true });
  writeFileSync(
    join(directory, 'task.json'),
    JSON.stringify({
      version: 1,
      task,
      store: 'socket',
      spool: directory,
      socket,
      inputs,
      params: {},
      script: null,
    }),
  );
  const child = spawn('python3', ['-c', `import otto, os\nfrom otto import INPUT, OUTPUT\n${program}`], {
    env: {
      ...process.env,
      PYTHONPATH: join(clientsDirectory(), 'python'),
      OTTO_TASK_DIR: directory,
      OTTO_SPOOL: directory,
      OTTO_STORE: 'socket',
      OTTO_SOCKET: socket,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => {
      said += data;
    });
  const code = await new Promise((resolve) => child.once('close', resolve));
  return `${said}${code === 0 ? '' : `exit ${code}`}`;
}

async function sealed(task: string): Promise<Record<string, string>> {
  const entries = await rig.seal(task);
  const shown = await Promise.all(
    entries.map(async (entry) => [entry.key, `${await bytesOf(entry)}`] as const),
  );
  return Object.fromEntries(shown);
}

test('values of every type and size come back, views too, and the keys in their order', async () => {
  const values = `{"s": "zwölf", "e": "", "b": bytes(range(256)), "n": 2**100, "f": 0.1, "t": True, "x": None, "l": [1, {"a": "b"}], "big": b"ab\\0" * 7_000_000, "text": "é" * 100_000}`;
  expect(
    await run(
      'a',
      `for key, value in ${values}.items(): OUTPUT[key] = value\nassert OUTPUT["big"] == b"ab\\0" * 7_000_000`,
    ),
  ).toBe('');
  await rig.seal('a');
  const program = `values = ${values}
assert list(INPUT.of("a")) == list(values), list(INPUT.of("a"))
for key, value in values.items():
    assert INPUT["a." + key] == value and type(INPUT["a." + key]) is type(value), key
assert INPUT.view("a.big") == values["big"] and INPUT.view("a.text") == values["text"].encode() and INPUT.view("a.big").readonly
OUTPUT["same"] = INPUT.view("a.big")
print("a.no" in INPUT, INPUT.of("a").get("no", 5))
try: INPUT["a.no"]
except KeyError as error: print(error)`;
  expect(await run('b', program, ['a'])).toBe(
    "False 5\nthere is no input 'a.no'; there are: a.b, a.big, a.e, a.f, a.l, a.n, a.s, a.t, a.text, a.x\n",
  );
  expect((await sealed('b')).same?.length).toBe(21_000_000);
});

test('children and threads set values at once', async () => {
  const program = `import threading
OUTPUT["first"] = "0"
def work(name):
    for i in range(50): OUTPUT["%s%d" % (name, i)] = name * (1 + i * 400)
threads = [threading.Thread(target=work, args=("t%d-" % n,)) for n in range(4)]
for thread in threads: thread.start()
children = []
for n in range(4):
    pid = os.fork()
    if not pid:
        work("c%d-" % n)
        os._exit(0)
    children.append(pid)
for thread in threads: thread.join()
print([os.waitpid(pid, 0)[1] for pid in children])`;
  expect(await run('a', program)).toBe('[0, 0, 0, 0]\n');
  const values = await sealed('a');
  expect(Object.keys(values).length).toBe(401);
  for (const name of ['t0-', 't3-', 'c0-', 'c3-'])
    expect(values[`${name}49`]).toBe(name.repeat(1 + 49 * 400));
});

test('a script may close and reuse any descriptor', async () => {
  const program = `OUTPUT["a"] = "1"
os.closerange(3, 50)
files = [os.open("mine", os.O_RDWR | os.O_CREAT, 0o600) for _ in range(5)]
OUTPUT["b"] = "2"
print(os.fstat(files[0]).st_size)`;
  expect(await run('a', `os.chdir(${JSON.stringify(rig.directory)})\n${program}`)).toBe('0\n');
  expect(readFileSync(join(rig.directory, 'mine')).length).toBe(0);
  expect(await sealed('a')).toEqual({ a: '1', b: '2' });
});

test('a signal handler may set values while the script sets some', async () => {
  const program = `import signal
count = [0]
def handle(*_):
    count[0] += 1
    OUTPUT["h%d" % count[0]] = "in the handler"
    signal.setitimer(signal.ITIMER_REAL, 0.001)
signal.signal(signal.SIGALRM, handle)
signal.setitimer(signal.ITIMER_REAL, 0.001)
i = 0
while count[0] < 20:
    i += 1
    OUTPUT["k"] = "x" * 200_000
signal.setitimer(signal.ITIMER_REAL, 0)
print(OUTPUT["h20"])`;
  expect(await run('a', program)).toBe('in the handler\n');
  const values = await sealed('a');
  expect(values.k).toBe('x'.repeat(200_000));
  expect(values.h20).toBe('in the handler');
});

test('what otto refuses is told in words, and the connection goes on', async () => {
  const program = `try: otto._connection(os.environ["OTTO_SOCKET"]).ask(otto._frame("list", otto._text("other")))
except RuntimeError as error: print(error)
OUTPUT["k"] = "v"`;
  await rig.start('other');
  expect(await run('a', program)).toBe(
    '"other" is no dependency of "a" (it has none): a task reads the values of its dependencies\n',
  );
  expect(await sealed('a')).toEqual({ k: 'v' });
});

test('without otto a script says so, and why', async () => {
  await rig.start('a');
  rmSync(rig.broker.path);
  const said = await run('b', `os.unlink(os.environ["OTTO_SOCKET"])\nOUTPUT["k"] = "v"`);
  expect(said).toContain(
    "OUTPUT['k'] cannot be kept: No such file or directory: otto has ended, or a task has removed its socket",
  );
  expect(said).toContain('exit 1');
  await rig.store.discard('b' as TaskName);
});
