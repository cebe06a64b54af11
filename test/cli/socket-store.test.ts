import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { type Project, project } from './project.ts';

/** What a client in Python says that INPUT and OUTPUT have no words for. */
const ASK = `
import otto, os
def ask(kind, *fields):
    return otto._connection(os.environ["OTTO_SOCKET"]).ask(otto._frame(kind, *fields))
def number(value, size=1): return value.to_bytes(size, "little")
def wait(task, key): return bytes(ask("get", number(1), otto._text(task), otto._text(key))[1][1]).decode()
`
  .trim()
  .replaceAll('\n', '\n      ');

const eventsOf = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const runsOf = (of: Project): string[] =>
  readdirSync(of.home)
    .filter((name) => /-[0-9a-f]{8}$/.test(name))
    .flatMap((folder) =>
      readdirSync(join(of.home, folder))
        .filter((name) => /^\d/.test(name))
        .map((name) => join(of.home, folder, name)),
    );

const leftIn = (of: Project): string[] =>
  runsOf(of).flatMap((run) =>
    readdirSync(run, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /(^|\/)(broker|sent|journal|outputs|vars|.*\.value)$/.test(name),
    ),
  );

test('values pass between the languages, the JSON is that of the files store, and nothing else stays', () => {
  using here = project(`tasks:
  bash: {bash: 'OUTPUT[a]="zwölf"; otto.set big - < big'}
  python: {before: [bash], python: 'OUTPUT["d"] = {"n": 2**70}; OUTPUT["big"] = INPUT["bash.big"]'}
  node: {before: [python], node: 'OUTPUT.l = [1, 2.5, null]; OUTPUT.big = INPUT["python.big"]'}
  end: {before: [bash, python, node], bash: 'echo "\${INPUT[bash.a]} \${INPUT[python.d]} \${INPUT[node.l]}"; otto.get node.big | cmp - big'}
`);
  here.write('big', 'large \n'.repeat(3_000_000));
  const jsons = ['files', 'socket'].map((store) => {
    const { code, stdout, stderr } = here.otto(['run', '--store', store, '--output', 'raw', 'end']);
    expect({ code, stdout, stderr: code === 0 ? '' : stderr }).toEqual({
      code: 0,
      stdout: 'zwölf {"n":1180591620717411303424} [1,2.5,null]\n',
      stderr: '',
    });
    const run = runsOf(here).sort().at(-1) ?? '';
    return ['bash', 'python', 'node'].map((task) =>
      readFileSync(join(run, `tasks/${task}/output.${task}.json`), 'utf8'),
    );
  });
  expect(jsons[1]).toEqual(jsons[0]);
  expect(leftIn(here)).toEqual([]);
});

test('a task waits for a value of one that runs beside it, and tells its progress', () => {
  using here = project(`otto: {store: socket, jobs: 2}
tasks:
  server:
    python: |
      ${ASK}
      ask("progress", number(30, 8), number(100, 8), otto._text("half way"))
      OUTPUT["port"] = "8080"
      print("asked by", wait("client", "name"))
  client:
    python: |
      ${ASK}
      print("port", wait("server", "port"))
      OUTPUT["name"] = "me"
`);
  const { code, stdout, stderr } = here.otto(['run', '--output', 'json', 'client', 'server']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const events = eventsOf(stdout);
  expect(events.filter(({ type }) => type === 'task-progress')).toEqual([
    { type: 'task-progress', task: 'server', done: 30, total: 100, text: 'half way' },
  ]);
  const said = events.filter(({ type }) => type === 'task-output').map(({ text }) => text);
  expect(said.sort()).toEqual(['asked by me\n', 'port 8080\n']);
});

test('waiting for a task that cannot start is refused at once', () => {
  using here = project(`otto: {store: socket}
tasks:
  first:
    python: |
      ${ASK}
      wait("second", "k")
  second: {before: [first], bash: 'true'}
`);
  const { code, stderr } = here.otto(['run', '-j', '4', 'second']);
  expect(code).toBe(1);
  expect(stderr).toContain(
    'RuntimeError: "second" cannot start before "first" has ended, so it would wait for ever',
  );
});

test('a removed socket is told and made anew, and a killed run leaves nothing behind', async () => {
  using here = project(`otto: {store: socket}
tasks:
  rude: {bash: 'rm "$OTTO_SOCKET"'}
  next: {before: [rude], python: 'OUTPUT["k"] = "v"'}
  die: {python: 'import os, signal; OUTPUT["big"] = b"x" * 3_000_000; OUTPUT["small"] = "s"; os.kill(os.getppid(), signal.SIGKILL)'}
`);
  const rude = here.otto(['run', 'next']);
  expect(rude.code).toBe(0);
  expect(rude.stderr).toMatch(
    /a task has removed \S+\/socket, through which values are set and read; otto has made it anew/,
  );
  const child = here.start(['run', 'die'], 'ignore');
  expect(await once(child, 'close')).toEqual([null, 'SIGKILL']);
  const killed = runsOf(here).sort().at(-1) ?? '';
  // In the run's directory, or elsewhere when its path is too long.
  const { socket } = JSON.parse(readFileSync(join(killed, 'tasks/die/task.json'), 'utf8'));
  expect(existsSync(socket)).toBe(true);
  const said = here.otto(['data', 'get', 'die.small']);
  expect(said.stdout).toBe('s');
  expect(here.otto(['run', 'rude']).code).toBe(0);
  expect([join(killed, 'broker'), dirname(socket)].filter((path) => existsSync(path))).toEqual([]);
});

test('OTTO_STORE chooses it, and scripts are told', () => {
  using here = project(`tasks:
  one: {python: 'OUTPUT["k"] = "socket"'}
  two: {before: [one], python: 'import os; print(os.environ["OTTO_STORE"], INPUT["one.k"])'}
`);
  const { code, stdout } = here.otto(['run', '--output', 'raw', 'two'], { env: { OTTO_STORE: 'socket' } });
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'socket socket\n' });
});

test('two tasks that wait for each other are told, both by name', () => {
  using here = project(`
otto: {store: socket}
tasks:
  first: {bash: 'otto-recv --wait second x; otto-send y 1'}
  second: {bash: 'value=$(otto-recv --wait first y); otto-send x "$value"'}
`);
  const { code, stderr } = here.otto(['run', '-k', 'first', 'second']);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /"(first|second)" and "(first|second)" wait for each other, and would do so for ever/,
  );
});

test('a task that waits in the background may be waited for, and so may one that reads its stream', () => {
  using here = project(`
otto: {store: socket}
tasks:
  first:
    streaming: true
    bash: |
      otto-recv --wait second x > got & waiting=$!
      echo streamed > "$OTTO_OUTPUT_STREAM"
      otto-send y 1
      wait "$waiting"; cat got
      otto-recv --wait reader z
  second: {bash: 'otto-send x "$(otto-recv --wait first y)"'}
  reader: {before: [first], bash: 'read -r line < "$OTTO_INPUT_STREAM"; otto-send z "$line"'}
`);
  const { code, stdout, stderr } = here.otto(['run', '--output', 'raw', 'reader', 'second']);
  expect({ code, stdout, stderr: code === 0 ? '' : stderr }).toEqual({
    code: 0,
    stdout: '1streamed',
    stderr: '',
  });
});

test('clients that talk nonsense, or that say nothing, keep nobody from setting values', () => {
  using here = project(`otto: {store: socket}
tasks:
  crowd:
    python: |
      import os, random, socket
      random.seed(1)
      def connected():
          client = socket.socket(socket.AF_UNIX)
          client.connect(os.environ["OTTO_SOCKET"])
          return client
      silent = [connected() for _ in range(1000)]
      for start in [b"", b"OTTO\\1\\0\\0\\0"]:
          for _ in range(200):
              with connected() as client:
                  try: client.sendall(start + random.randbytes(random.randrange(3000)))
                  except OSError: pass
      OUTPUT["k"] = len(silent)
  read: {before: [crowd], bash: 'echo "\${INPUT[crowd.k]}"'}
`);
  const { code, stdout } = here.otto(['run', '--output', 'raw', 'read']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: '1000\n' });
  expect(leftIn(here)).toEqual([]);
});

test.each([
  ['otto-send x 1', 'use otto.set, which works in every run'],
  ['otto-send --progress 1/2', 'this needs one: "store: socket" at the task, or --store socket'],
  ['otto-recv b x', 'use otto.get, which works in every run'],
  ['otto-recv --wait b x', 'this needs one: "store: socket" at the task, or --store socket'],
])('without a socket "%s" ends with 2 and tells what to do', (call, advice) => {
  using shop = project(`tasks: {a: {bash: '${call}'}}`);
  const { code, stderr } = shop.otto(['run', 'a']);
  expect(code).toBe(1);
  expect(stderr).toContain('task "a" failed with exit code 2');
  expect(stderr).toContain(`(OTTO_SOCKET and OTTO_TASK are not set); ${advice}\n`);
});

test('a wait for a task that was not asked for tells how a task takes part', () => {
  using shop = project(`tasks: {a: {bash: 'otto-recv --wait b x'}, b: {bash: ':'}}`);
  const { code, stderr } = shop.otto(['run', '--store', 'socket', 'a']);
  expect(code).toBe(1);
  expect(stderr).toContain(
    'this run has no task "b": a task takes part when "otto run" or "before" of another one names it',
  );
});
