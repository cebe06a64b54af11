import { describe, expect, test } from 'vitest';
import { Project, project } from './project.ts';

/** Without what makes them stand in columns. */
const linesOf = (stdout: string): string[] => stdout.split('\n').map((line) => line.replace(/ +\|/, ' |'));

const STORES = ['files', 'shm'] as const;

describe.each(STORES)('in the %s store', (store) => {
  const run = (files: Readonly<Record<string, string>>, ...words: string[]) => {
    const made = new Project(files);
    return { made, ...made.otto(['run', '--store', store, '--output', 'prefixed', ...words]) };
  };

  test('the values of all items are one list, in their order and with their types', () => {
    const { made, code, stdout } = run(
      {
        'otto.yml': `
tasks:
  each:
    foreach: {items: [b, a, c]}
    node: |
      if (process.env.item !== 'a') OUTPUT.n = {at: Number(process.env.OTTO_FOREACH_INDEX)};
      OUTPUT.bytes = Buffer.from([0xff, 1 + Number(process.env.OTTO_FOREACH_INDEX)]);
  none: {foreach: {glob: 'nothing/*'}, bash: 'true'}
  py:
    before: [each, none]
    python: |
      print(INPUT["each.n"], INPUT["each.bytes"], INPUT.of("each")["n"], INPUT["none.any"], INPUT["each:b.n"])
      print("each.x" in INPUT, "none.x" in INPUT, sorted(INPUT), sorted(INPUT.of("each")), otto_get_input("each.x", "default"))
      for wrong in (lambda: INPUT["each.x"], lambda: INPUT.of("each")["x"], lambda: INPUT.view("each.n")):
          try: wrong()
          except Exception as error: print(type(error).__name__, error)
  node:
    before: [each, none]
    node: |
      console.log(JSON.stringify([INPUT['each.n'], INPUT['each.bytes'], INPUT.of('each').n, INPUT['none.any'], INPUT['each:b.n']]));
      console.log('each.x' in INPUT, 'none.x' in INPUT, Object.keys(INPUT).join(), Object.keys(INPUT.of('each')).join(), INPUT['each.x']);
      try { INPUT.view('each.n') } catch (error) { console.log(error.message) }
  bash:
    before: [each, none]
    bash: |
      echo "\${INPUT[each:b.n]} \${INPUT[each:c.n]} \${#INPUT[@]}"; otto.get each:c.n; echo
`,
      },
      'py',
      'node',
      'bash',
    );
    using _ = made;
    expect(code).toBe(0);
    const keys = ['each:a.bytes', 'each:b.bytes', 'each:b.n', 'each:c.bytes', 'each:c.n'];
    const python = keys.map((key) => `'${key}'`).join(', ');
    for (const line of [
      "py | [{'at': 0}, {'at': 2}] [b'\\xff\\x01', b'\\xff\\x02', b'\\xff\\x03'] [{'at': 0}, {'at': 2}] [] {'at': 0}",
      `py | False True [${python}] ['bytes', 'n'] default`,
      `py | KeyError there is no input 'each.x'; there are: ${keys.join(', ')}`,
      "py | KeyError there is no value of the items of 'each' named 'x'; there are: bytes, n",
      "py | TypeError INPUT.of('each')['n'] is a list of what the items have set: take the view of one item's value",
      `node | [[{"at":0},{"at":2}],${JSON.stringify([1, 2, 3].map((n) => Buffer.from([255, n])))},[{"at":0},{"at":2}],[],{"at":0}]`,
      'node | false true each:a.bytes,each:b.n,each:b.bytes,each:c.n,each:c.bytes n,bytes undefined',
      'node | INPUT["each.n"] is a list of what the items have set: take the view of one item\'s value',
      'bash | {"at":0} {"at":2} 5',
      'bash | {"at":2}',
    ])
      expect(linesOf(stdout)).toContain(line);
  });

  test('a task of an included file names the tasks of its own file without the prefix', () => {
    const { made, code, stdout, stderr } = run(
      {
        'otto.yml': `
include: {lib: lib/otto.yml}
tasks:
  main: {before: ['lib:pack', 'lib:each'], python: 'print(INPUT["lib:pack.k"], INPUT["lib:each.k"])'}
`,
        'lib/otto.yml': `
tasks:
  build: {bash: 'OUTPUT[k]=v'}
  each: {foreach: {items: [x, y]}, bash: 'OUTPUT[k]=$item'}
  pack:
    before: [build, each, py, node]
    bash: |
      echo "\${INPUT[build.k]} \${INPUT[each:x.k]} $(otto.get build.k) $OTTO_TASK"
      OUTPUT[k]=packed
  py:
    before: [build, each]
    python: |
      print(INPUT["build.k"], INPUT["lib:build.k"], INPUT["each.k"], INPUT["lib:each.k"], INPUT["each:y.k"], INPUT["lib:each:y.k"], list(INPUT))
  node:
    before: [build, each]
    node: |
      console.log(INPUT['build.k'], INPUT['lib:build.k'], INPUT['each.k'], INPUT['lib:each.k'], INPUT['lib:each:y.k'], Object.keys(INPUT))
`,
      },
      'main',
    );
    using _ = made;
    expect([code, stderr.replace(/^otto: .*\n/m, '')]).toEqual([0, '']);
    const lines = linesOf(stdout);
    expect(lines).toContain('lib:pack | v x v lib:pack');
    expect(lines).toContain("lib:py | v v ['x', 'y'] ['x', 'y'] y y ['build.k', 'each:x.k', 'each:y.k']");
    expect(lines).toContain(
      "lib:node | v v [ 'x', 'y' ] [ 'x', 'y' ] y [ 'build.k', 'each:x.k', 'each:y.k' ]",
    );
    expect(lines).toContain("main | packed ['x', 'y']");
  });

  test('1000 items and their values reach bash, Python and Node', { timeout: 120_000 }, () => {
    const { made, code, stdout } = run(
      {
        'otto.yml': `
tasks:
  each: {foreach: {range: 1..1000}, bash: 'OUTPUT[v]=$item'}
  bash: {before: [each], bash: 'echo "\${#INPUT[@]} \${INPUT[each:0777.v]} $(otto.get each:1000.v)"'}
  py: {before: [each], python: 'l = INPUT["each.v"]; print(len(l), l[-1], INPUT["each:0500.v"])'}
  node: {before: [each], node: 'const l = INPUT["each.v"]; console.log(l.length, l.at(-1), INPUT["each:0500.v"])'}
`,
      },
      'bash',
      'py',
      'node',
    );
    using _ = made;
    expect(code).toBe(0);
    const lines = linesOf(stdout);
    for (const line of ['bash | 1000 777 1000', 'py | 1000 1000 500', 'node | 1000 1000 500'])
      expect(lines).toContain(line);
  });
});

test('memory of what late items read comes back when the last of them has ended, and not before', () => {
  using made = project(`
tasks:
  list: {python: 'OUTPUT["n"] = ["a", "b"]; OUTPUT["other"] = "x" * 100'}
  each:
    before: [list]
    foreach: {items_from: list.n, parallel: false}
    bash: |
      [[ -e $OTTO_SHM_DIR/list ]]
      OUTPUT[length]=$(otto.get list.other | wc -c)
  last:
    before: [each]
    bash: |
      until [[ ! -e $OTTO_SHM_DIR/list ]]; do read -t 0.01 <> <(:) || :; done
      echo "\${INPUT[each:a.length]} \${INPUT[each:b.length]}"
`);
  const { code, stdout } = made.otto(['run', '--fast', 'last']);
  expect([code, linesOf(stdout)[0]]).toEqual([0, 'last | 100 100']);
});

describe('a glob', () => {
  test('that fits nothing is told, and is no error', () => {
    using dir = project("tasks: {each: {foreach: {glob: 'inn/*.log'}, bash: 'echo $item'}}");
    const { code, stderr } = dir.otto(['run', 'each']);
    expect(code).toBe(0);
    expect(stderr).toContain('otto.yml:1:32  warning: no file fits "inn/*.log": task "each" has no items\n');
    expect(stderr).toContain('take "items_from"\n');
  });

  const OTTOFILE = (pattern: string) =>
    `tasks: {each: {foreach: {glob: ${JSON.stringify(pattern)}}, bash: 'echo "$item"'}}`;
  const FILES = [
    'b.txt',
    'a.txt',
    '.hidden.txt',
    'sub/c.txt',
    '.dir/d.txt',
    'sub/deep/$(touch pwned).txt',
    '-x y.txt',
  ];
  const itemsOf = (pattern: string): string[] => {
    using made = new Project({
      ...Object.fromEntries(FILES.map((name) => [`in/${name}`, ''])),
      'in/otto.yml': OTTOFILE(pattern),
    });
    const { code, stdout } = made.otto(['run', '-j1', '-o', 'in', 'each']);
    expect(code).toBe(0);
    return stdout.split('\n').flatMap((line) => line.split(/ \| /)[1] ?? []);
  };

  test('gives files, sorted, relative to the ottofile; hidden ones only by name', () => {
    expect(itemsOf('*.txt')).toEqual(['-x y.txt', 'a.txt', 'b.txt']);
    expect(itemsOf('**/*.txt')).toEqual([
      '-x y.txt',
      'a.txt',
      'b.txt',
      'sub/c.txt',
      'sub/deep/$(touch pwned).txt',
    ]);
    expect(itemsOf('.*.txt')).toEqual(['.hidden.txt']);
    expect(itemsOf('.dir/*')).toEqual(['.dir/d.txt']);
    expect(itemsOf('sub')).toEqual([]);
  });

  test('gives directories when it ends with a slash', () => {
    expect(itemsOf('*/')).toEqual(['sub']);
  });

  test('that gives two files of one name is refused before anything runs', () => {
    using made = new Project({
      'otto.yml': OTTOFILE('**/*.txt'),
      'a/same.txt': '',
      'b/same.txt': '',
    });
    const { code, stdout, stderr } = made.otto(['run', 'each']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('otto.yml:1:');
    expect(stderr).toContain(
      'task "each" has two items of the name "same.txt": "a/same.txt" and "b/same.txt"',
    );
  });
});

describe('on the command line', () => {
  const OTTOFILE = `
tasks:
  prep: {bash: 'OUTPUT[k]=v'}
  each:
    before: [prep]
    foreach: {items: [one, two, "a:b"]}
    params: {--level: {default: low}}
    bash: echo "$item \${INPUT[prep.k]}"
  list: {bash: 'true'}
  late: {before: [list], foreach: {items_from: list.x}, bash: 'true'}
`;

  test('one item runs alone, with what it needs and with its params', () => {
    using made = project(OTTOFILE);
    expect(made.otto(['run', 'each:two', '--level', 'high'])).toMatchObject({
      code: 0,
      stdout: 'each:two | two v\n',
    });
    expect(made.otto(['each:a:b']).stdout).toBe('each:a:b | a:b v\n');
    expect(made.otto(['run', '-n', 'each:two']).stdout).toBe('prep\neach:two\n');
  });

  test('an item that does not exist is refused, and what was meant is guessed', () => {
    using made = project(OTTOFILE);
    const wrong = made.otto(['run', 'each:twi']);
    expect([wrong.code, wrong.stdout]).toEqual([2, '']);
    expect(wrong.stderr).toBe('otto: task "each" has no item "twi"\n  hint: did you mean "each:two"?\n');
    expect(made.otto(['run', 'each:zebra']).stderr).toContain('its items are: one, two, a:b');
    const late = made.otto(['run', 'late:x']);
    expect([late.code, late.stderr]).toEqual([
      2,
      'otto: the items of task "late" are known only while it runs\n  hint: run "late" with all of its items\n',
    ]);
  });

  test('--Serial runs the items one after the other', () => {
    using made = project(`
tasks:
  each:
    foreach: {range: 1..5}
    bash: |
      mkdir alone
      echo "$item"
      rmdir alone
`);
    const { code, stdout } = made.otto(['run', '-j5', 'each', '--Serial']);
    expect([code, stdout.match(/\| (\d)/g)?.join('')]).toEqual([0, '| 1| 2| 3| 4| 5']);
  });

  test('items are tasks of their own in history', () => {
    using made = project(OTTOFILE);
    made.otto(['run', 'each']);
    const [run] = JSON.parse(made.otto(['history', '--json']).stdout) as [{ tasks: { name: string }[] }];
    expect(run.tasks.map(({ name }) => name)).toEqual(['prep', 'each:one', 'each:two', 'each:a:b', 'each']);
  });
});
