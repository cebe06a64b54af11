import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { encodeTaskName } from '../../src/base/task-name.ts';
import { Project } from './project.ts';

const explain = (p: Project, ...tasks: string[]): string[] =>
  p
    .otto(['run', '-n', '--explain', ...tasks])
    .stdout.split('\n')
    .slice(0, -1);

describe('otto run -n --explain', () => {
  test('tells of every task, in order, and runs and writes nothing', () => {
    using p = new Project({
      'in.txt': 'x',
      'otto.yml': `
tasks:
  gen: {bash: "OUTPUT[v]=1; echo ran >> gen.log"}
  lib: {input: in.txt, output: lib.out, bash: "cp in.txt lib.out; OUTPUT[v]=2"}
  app: {before: [lib], input: in.txt, output: app.out, bash: "touch app.out"}
  mix: {before: [gen, lib], input: in.txt, output: mix.out, bash: "touch mix.out"}
  all: {before: [app, mix]}
  top: {before: [all], input: in.txt, output: top.out, bash: "touch top.out"}
  half: {input: in.txt, bash: "true"}
`,
    });
    const all = ['top', 'half'];
    expect(explain(p, ...all)).toEqual([
      'lib   runs: no successful run of it is recorded',
      'app   runs: no successful run of it is recorded',
      'gen   runs: always, it declares no input and output',
      'mix   runs: no successful run of it is recorded',
      'all   has no script of its own',
      'top   runs: no successful run of it is recorded',
      'half  runs: always, it declares no output',
    ]);
    expect(() => readFileSync(p.path('gen.log'))).toThrow('ENOENT');
    expect(() => readFileSync(p.home)).toThrow('ENOENT');
    expect(p.otto(['run', ...all]).code).toBe(0);
    expect(explain(p, ...all).map((line) => line.replace(/since .*/, 'since then'))).toEqual([
      'lib   up to date since then',
      'app   up to date since then',
      'gen   runs: always, it declares no input and output',
      'mix   runs if gen sets other values or changes its inputs',
      'all   has no script of its own',
      'top   runs if mix sets other values or changes its inputs',
      'half  runs: always, it declares no output',
    ]);
    expect(explain(p, '--force', 'app')).toEqual(['lib  runs: --force', 'app  runs: --force']);
    p.write('otto.yml', readFileSync(p.path('otto.yml'), 'utf8').replace('OUTPUT[v]=2', 'OUTPUT[v]=3'));
    expect(explain(p, 'app')).toEqual([
      'lib  runs: its script has changed',
      'app  runs if lib sets other values or changes its inputs',
    ]);
    expect(p.otto(['run', 'lib']).code).toBe(0);
    expect(explain(p, 'app')[1]).toBe('app  runs: lib has other values');
  });

  test('tells of items what is known of them', () => {
    using p = new Project({
      'otto.yml': `
tasks:
  gen: {python: 'OUTPUT["k"] = [1, 2]'}
  late: {before: gen, foreach: {items_from: gen.k}, bash: "true"}
  two: {foreach: {items: [a, b]}, bash: "true"}
  none: {foreach: {items: []}, bash: "true"}
  top: {before: [late, none], input: in.txt, output: out.txt, bash: touch out.txt}
`,
      'in.txt': '',
    });
    expect(explain(p, 'late', 'two', 'none')).toEqual([
      'gen    runs: always, it declares no input and output',
      'late   runs: once for each item of gen.k, which are not known yet',
      'two:a  runs: always, it declares no input and output',
      'two:b  runs: always, it declares no input and output',
      'two    stands for its 2 items',
      'none   has no items: there is nothing to run',
    ]);
    expect(p.otto(['run', 'top']).code).toBe(0);
    expect(explain(p, 'top').at(-1)).toBe('top   runs if late sets other values or changes its inputs');
  });

  test('tells that tasks with streams always run', () => {
    using p = new Project({
      'otto.yml': `
tasks:
  make: {streaming: true, input: in.txt, output: made.txt, bash: 'echo 1 > "$OTTO_OUTPUT_STREAM"; touch made.txt'}
  use: {before: make, input: in.txt, output: used.txt, bash: 'cat "$OTTO_INPUT_STREAM" > used.txt'}
`,
      'in.txt': '',
    });
    expect(p.otto(['run', 'use']).code).toBe(0);
    expect(explain(p, 'use')).toEqual([
      'make  runs: always, streams go through it',
      'use   runs: always, streams go through it',
    ]);
  });

  test('and -v agree', () => {
    using p = new Project({
      'in.txt': 'x',
      'otto.yml': 'tasks: {a: {input: in.txt, output: out, bash: touch out}}',
    });
    expect(p.otto(['run', '-v', 'a']).stderr).toContain('task "a" runs: no successful run of it is recorded');
    expect(p.otto(['run', '-v', 'a']).stderr).toContain('task "a" is up to date');
    expect(p.otto(['run', '-v', '--force', 'a']).stderr).toContain('task "a" runs: --force');
  });

  test('a text that is for a terminal to act on is shown, not sent', () => {
    using p = new Project({ 'otto.yml': 'tasks: {a: {input: "\\x1b[2J", output: out, bash: touch out}}' });
    p.otto(['run', 'a']);
    expect(explain(p, 'a').join()).not.toContain('\u001b');
  });
});

const VALUES = `
      OUTPUT["int"] = 2**70
      OUTPUT["text"] = "a\\nb"
      OUTPUT["bytes"] = b"\\x00\\xff"
      OUTPUT["none"] = None
      OUTPUT["large"] = "x" * (17 << 20)
      OUTPUT["blob"] = b"\\x01" * (17 << 20)
      OUTPUT["list"] = ["y" * (17 << 20)]`;

describe.each([
  [[], []],
  [['--fast'], ['--fast']],
  [[], ['--fast']],
  [['--fast'], []],
])('values of a task that is left out, made with %j and restored with %j', (made, restored) => {
  test('are what they were, in every language and in history', () => {
    using p = new Project({
      'in.txt': 'x',
      'otto.yml': `
tasks:
  make:
    input: in.txt
    output: out
    python: |
      open("out", "w")${VALUES}
  python:
    before: [make]
    python: |
      print([k for k in INPUT])
      print(INPUT["make.int"], repr(INPUT["make.text"]), INPUT["make.bytes"], INPUT["make.none"])
      print(len(INPUT["make.large"]), INPUT["make.blob"] == b"\\x01" * (17 << 20), len(INPUT["make.list"][0]))
  node:
    before: [make]
    node: |
      console.log(INPUT['make.int'], INPUT['make.text'], INPUT['make.bytes'], INPUT['make.none'])
      console.log(INPUT['make.large'].length, INPUT.view('make.blob').length, INPUT['make.list'].length)
  bash:
    before: [make]
    bash: |
      printf '%s\\n' "\${INPUT[make.int]}" "\${INPUT[make.text]}" "\${INPUT[make.none]}"
      otto.get make.bytes | od -An -tx1
      otto.get make.blob | wc -c
      otto.get make.large | wc -c
  all: {before: [python, node, bash]}
`,
    });
    const first = p.otto(['run', ...made, '-j1', 'all']);
    const second = p.otto(['run', ...restored, '-v', '-j1', 'all']);
    expect(first.code).toBe(0);
    expect(second.stderr).toContain('task "make" is up to date');
    expect(second.stdout).toBe(first.stdout);
    expect(p.otto(['data', 'check', 'latest'])).toMatchObject({ code: 0 });
  });
});

test('names with wildcards, line ends and what a shell would run are names', () => {
  const names = ['a\nb.c', '[x].c', '$(touch hacked).c', '*.c', '!.c', ' .c', 'é.c', '\'".c'];
  using p = new Project({
    'otto.yml': `
tasks:
  build:
    envs: {NAME: "[x]"}
    params: {-g|--glob: {default: "*"}}
    input: ["src/*.c", "src/\${NAME}.c", "src/\${glob}.c"]
    output: "out/\${NAME}"
    bash: mkdir -p out; touch "out/$NAME"
`,
  });
  mkdirSync(p.path('src'));
  for (const name of names) writeFileSync(p.path(`src/${name}`), '');
  expect(explain(p, 'build')).toEqual(['build  runs: no successful run of it is recorded']);
  expect(p.otto(['run', 'build']).code).toBe(0);
  const record = JSON.parse(readFileSync(recordOf(p, 'build'), 'utf8'));
  expect(record.inputs.map(({ path }: { path: string }) => path).sort()).toEqual(
    names.map((name) => `src/${name}`).sort(),
  );
  expect(explain(p, 'build')[0]).toContain('up to date');
  rmSync(p.path('src/[x].c'));
  expect(explain(p, 'build')).toEqual(['build  runs: its input src/\\[x\\].c does not exist']);
});

function recordOf(p: Project, task: string): string {
  const [latest] = JSON.parse(p.otto(['history', '--json']).stdout);
  return `${latest.directory}/../fresh/${encodeTaskName(task)}.json`;
}

test('each item of a foreach has a record of its own', () => {
  using p = new Project({
    'a.in': 'a',
    'b.in': 'b',
    'otto.yml': `
tasks:
  "each/one":
    foreach: {items: [a, b], as: name}
    input: "\${name}.in"
    output: "\${name}.out"
    bash: cp "$name.in" "$name.out"; OUTPUT[v]=$name
  show: {before: [each/one], bash: 'echo "\${INPUT[each/one:a.v]}\${INPUT[each/one:b.v]}"'}
`,
  });
  expect(p.otto(['run', 'show']).stdout).toContain('| ab');
  p.write('b.in', 'longer');
  expect(p.otto(['run', '-j1', '-v', 'show'])).toMatchObject({
    stdout: expect.stringContaining('| ab'),
    stderr: expect.stringMatching(/"each\/one:a" is up to date[\s\S]*"each\/one:b" runs: b.in/),
  });
});

test('a variable that a glob names and nobody sets is told with its place', () => {
  using p = new Project({
    'otto.yml': 'tasks:\n  a:\n    input: "${NOPE}/x"\n    output: y\n    bash: touch y\n',
  });
  const { code, stderr } = p.otto(['run', 'a']);
  expect(code).toBe(1);
  expect(stderr).toContain('otto.yml:3:12: the variable "NOPE" is not set');
});

test('a task that is killed with otto runs again, although what it made looks new', async () => {
  using p = new Project({
    'in.txt': 'x',
    'otto.yml': `
tasks:
  a:
    input: in.txt
    output: out
    bash: |
      echo half > out
      [[ ! -e slow ]] || { echo $$ > pid; echo ready; exec sleep 1000; }
`,
  });
  p.otto(['run', 'a']);
  p.write('slow', '');
  const otto = p.start(['run', '--force', 'a']);
  await new Promise<void>((resolve) => otto.stdout?.on('data', () => resolve()));
  const gone = new Promise((resolve) => otto.on('exit', resolve));
  otto.kill('SIGKILL');
  await gone;
  process.kill(Number(readFileSync(p.path('pid'), 'utf8')), 'SIGKILL');
  rmSync(p.path('slow'));
  expect(explain(p, 'a')).toEqual(['a  runs: no successful run of it is recorded']);
});
