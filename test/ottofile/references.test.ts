import { describe, expect, test } from 'vitest';
import { referencesIn } from '../../src/ottofile/references.ts';
import { problems } from './read.ts';

const names = (language: 'bash' | 'python' | 'node', text: string): string[] =>
  referencesIn(text, language).map(({ full, task, key }) => full ?? `${task} ${key}`);

describe('what a script reads', () => {
  test.each<readonly ['bash' | 'python' | 'node', string, readonly string[]]>([
    ['bash', 'echo "${INPUT[a.b]} ${INPUT["a b.c"]-x} ${INPUT[\'d.e\']}"', ['a.b', 'a b.c', 'd.e']],
    ['bash', 'x=$(otto.get a.b) && otto.get "c.d" > f; otto_get_input \'e.f\'', ['a.b', 'c.d', 'e.f']],
    ['bash', 'otto-mmap-get a b; otto-mmap-get "a c" d|wc', ['a b', 'a c d']],
    ['bash', '${INPUT[$k]} ${INPUT[a.$k]} ${INPUT["a.$k"]} ${INPUT[`k`]} ${INPUT[@]} ${!INPUT[@]}', []],
    ['bash', 'otto.get "$k"; otto.get a.$k; otto.get $(k); otto-mmap-get a "$k"; my-otto.get a.b', []],
    ['bash', '# ${INPUT[a.b]}\nx=1 # otto.get a.b\necho a#${INPUT[c.d]}', ['c.d']],
    ['bash', "echo '${INPUT[a.b]}' \"it's ${INPUT[c.d]}\" \\' ${INPUT[e.f]}", ['c.d', 'e.f']],
    ['bash', 'echo "$(echo "it\'s" \'${INPUT[a.b]}\' # x\n) # ${INPUT[c.d]}"', ['c.d']],
    ['bash', "cat <<E\nit's # ${INPUT[a.b]}\nE\n# ${INPUT[x.y]}\n${INPUT[c.d]}", ['a.b', 'c.d']],
    ['bash', "cat <<'E' > f\n${INPUT[a.b]}\nE\n${INPUT[c.d]}", ['c.d']],
    ['bash', 'cat <<< word # ${INPUT[a.b]}\n((1 << x)) # ${INPUT[a.b]}\n${INPUT[c.d]}', ['c.d']],
    ['bash', '${#x} ${x#y} $# ${INPUT[a.b]}', ['a.b']],
    [
      'python',
      'INPUT["a.b"], INPUT[\'c.d\'], INPUT.view("e.f"), otto_get_input("g.h", 1)',
      ['a.b', 'c.d', 'e.f', 'g.h'],
    ],
    ['python', 'INPUT.of("a")["b"]', ['a b']],
    ['python', "f\"{INPUT['a.b']}\" f'''{INPUT[\"c.d\"]}'''", ['a.b', 'c.d']],
    ['python', '# INPUT["a.b"]\n"INPUT[\'a.b\']"\n"""\nINPUT["a.b"] it\'s\n"""\nINPUT["c.d"]  # x', ['c.d']],
    [
      'python',
      'INPUT[key], INPUT["a." + k], INPUT[f"a.{k}"], INPUT["a\\x2eb"], MY_INPUT["a.b"], x.INPUT["a.b"]',
      [],
    ],
    [
      'node',
      'INPUT["a.b"] + INPUT[\'c.d\'] + INPUT[`e.f`] + `${INPUT["g.h"]}`',
      ['a.b', 'c.d', 'e.f', 'g.h'],
    ],
    [
      'node',
      '// INPUT["a.b"]\n/* INPUT["a.b"]\n */ "INPUT[`a.b`]"; x.replace(/["\']/g, INPUT["c.d"])',
      ['c.d'],
    ],
    ['node', 'INPUT[`a.${k}`], INPUT[k], INPUT.of(t)["x"]', []],
  ])('%s: %s', (language, text, expected) => {
    expect(names(language, text)).toEqual(expected);
  });

  test('a large script takes no time', () => {
    for (const language of ['bash', 'python', 'node'] as const) {
      for (const piece of ["'", '"', '# ', '$(', '<<E\n', '`', '/', 'INPUT["a.b"] ', '\\', '"""', '(', ' '])
        names(language, `INPUT["a.b"]\n${piece.repeat(20_000)}`);
    }
  });
});

/** A consumer of "build", which declares "sha". */
const consumer = (script: string, more = ''): string[] =>
  problems(`tasks:
  build: {outputs: [sha], bash: x}
  free: {bash: x}
  other: {outputs: [z], bash: x}
  list: {foreach: {items: [a.b, c]}, outputs: [n], bash: x}
  use:
    before: [build, free, list]
    ${more}
    bash: |
      true
${script.replace(/^/gm, '      ')}
`);

test.each([
  [
    '${INPUT[build.shaa]}',
    'error 11:7 task "use" reads "build.shaa", which "build" does not declare (did you mean "sha"?)',
  ],
  [
    'x; otto.get build.version',
    'error 11:10 task "use" reads "build.version", which "build" does not declare (add it to the outputs of "build")',
  ],
  [
    '  otto-mmap-get build sah',
    'error 11:9 task "use" reads "build.sah", which "build" does not declare (did you mean "sha"?)',
  ],
  [
    '${INPUT[other.z]}',
    'warning 11:7 task "use" reads "other.z", but "other" is no direct dependency (write "before: [other]" to get its values)',
  ],
  [
    '${INPUT[list:c.m]}',
    'error 11:7 task "use" reads "list:c.m", which "list" does not declare (add it to the outputs of "list")',
  ],
  [
    '${INPUT[list.m]}',
    'error 11:7 task "use" reads "list.m", which "list" does not declare (add it to the outputs of "list")',
  ],
])('%s is reported where it stands', (script, message) => {
  expect(consumer(script)).toEqual([message]);
});

test.each([
  '${INPUT[build.sha]}',
  '${INPUT[free.anything]}',
  '${INPUT[list:a.b.n]} ${INPUT[list:c.n]} ${INPUT[list.n]}',
  '${INPUT[nothing.x]} ${INPUT[use.x]}',
  '# ${INPUT[build.x]}',
])('%s is fine', (script) => {
  expect(consumer(script)).toEqual([]);
});

test.each([
  ['bash', 'echo "${INPUT[build.shaa]-x}"'],
  ['bash', '${INPUT[build.shaa]:-} ${INPUT[build.sha]}'],
  ['bash', '${INPUT["build.shaa"]:+x}'],
  ['node', "INPUT['build.shaa'] ?? 1"],
  ['node', 'INPUT.of("build")["shaa"] || 1'],
  ['node', 'INPUT["build.shaa"]?.length'],
  ['python', 'otto_get_input("build.shaa", 1)'],
])('in %s, %s is a warning: the script allows for a missing value', (language, script) => {
  const text = `tasks:\n  build: {outputs: [sha], bash: x}\n  use:\n    before: build\n    ${language}: |\n      ${script}\n`;
  expect(problems(text)).toEqual([
    expect.stringMatching(/^warning 6:\d+ task "use" reads "build.shaa", which "build" does not declare/),
  ]);
});

test.each([
  [
    `'INPUT["build.shaa"] == 1'`,
    'error 5:10',
    '"build.shaa", which "build" does not declare (did you mean "sha"?)',
  ],
  [
    `INPUT["build.shaa"] == 1`,
    'error 5:9',
    '"build.shaa", which "build" does not declare (did you mean "sha"?)',
  ],
  [
    `'"build.shaa" in INPUT && INPUT["build.shaa"] == 1'`,
    'warning 5:35',
    '"build.shaa", which "build" does not',
  ],
  [`'INPUT["other.x"] == 1'`, 'warning 5:10', '"other.x", but "other" is no direct dependency'],
])('the condition %s is looked at, too', (condition, where, what) => {
  const text = `tasks:\n  build: {outputs: [sha], bash: x}\n  other: {bash: x}\n  use:\n    if: ${condition}\n    before: build\n    bash: x\n`;
  const [problem, ...more] = problems(text);
  expect(problem).toContain(`${where} task "use" reads ${what}`);
  expect(more).toEqual([]);
  expect(
    problems(text.replace('shaa"] ', 'sha"] ').replace('"build.shaa" in', '"build.sha" in')),
  ).toHaveLength(condition.includes('other') ? 1 : 0);
});

test('what may be missing without any words about it is an error', () => {
  for (const script of ['${INPUT[build.shaa]:0:3}', '${INPUT[build.shaa]?gone}', '${INPUT[build.shaa]#-}'])
    expect(consumer(script)).toEqual([expect.stringMatching(/^error 11:7 /)]);
});

test('of two dependencies that a name may mean, one that has the key is enough', () => {
  const text = (keys: string) =>
    `tasks: {a: {outputs: [b.c], bash: x}, a.b: {outputs: [${keys}], bash: x}, c: {before: [a, a.b], python: 'INPUT["a.b.c"]; INPUT["a.b.d"]'}}`;
  expect(problems(text('c, d'))).toEqual([]);
  expect(problems(text('e'))).toEqual([
    expect.stringContaining(
      'task "c" reads "a.b.d", which "a.b" does not declare (add it to the outputs of "a.b")',
    ),
  ]);
});

test('in a script whose lines are not those of the file the place is that of the words, or of the script', () => {
  const [first, second] = problems(
    'tasks:\n  a: {outputs: [x], bash: x}\n  b:\n    before: a\n    python: >-\n      1\n      INPUT["a.y"]\n  c:\n    before: a\n    python: "1; INPUT[\\"a.y\\"]"\n',
  );
  expect(first).toContain('error 7:7 ');
  expect(second).toContain('error 10:13 ');
});

test('what an "after" brings is a dependency too', () => {
  expect(problems('tasks: {a: {after: b, outputs: [x], bash: x}, b: {node: "INPUT[`a.y`]"}}')).toHaveLength(
    1,
  );
});
