import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { convertMakefile } from '../../src/convert/convert.ts';
import { parseOttofile } from '../../src/ottofile/parse.ts';

const world = (files: Readonly<Record<string, string>> = {}) => ({
  directory: '/project',
  environment: { HOME: '/home/user' },
  exists: (path: string) => path in files,
  glob: () => Object.keys(files).sort(),
  read: (path: string) => files[path] ?? null,
});

function convert(makefile: string, files: Readonly<Record<string, string>> = {}) {
  const { text, reports } = convertMakefile(makefile, 'Makefile', world(files));
  const parsed = parseOttofile(
    { path: '/project/otto.yml', content: Buffer.from(text) },
    { userHome: '/home/user', stores: ['files'] },
  );
  expect(parsed.diagnostics, text).toEqual([]);
  return { text, told: reports.map(({ line, message }) => `${line}: ${message}`), ottofile: parsed.ottofile };
}

const script = (makefile: string): string =>
  convert(makefile).ottofile?.tasks.values().next().value?.script?.text ?? '';

describe('what cannot be converted is told with its line, and stays as a comment', () => {
  test.each([
    [
      '%.o: %.c\n\tcc -c $<\n',
      '1: pattern rule "%.o: %.c" cannot be converted: no rule names a file that it could make',
      '%.o: %.c',
    ],
    ['a:\n\ttrue\nvpath %.c src\n', '3: "vpath" cannot be converted', 'vpath %.c src'],
    ['$(shell ls):\n\ttrue\n', '1: the names in this rule are only known when it runs', '$(shell ls)'],
    ['a:\n\techo $(eval X=1)\n', '2: the function "eval" cannot be converted', 'echo $(eval X=1)'],
    [
      'SHELL = /usr/bin/perl\na:\n\tprint 1\n',
      '1: recipes for the shell "/usr/bin/perl" cannot be converted',
      'print 1',
    ],
    ['include gone.mk\n', '1: the included file "gone.mk" cannot be read', 'include gone.mk'],
    ['-include $(OBJ:.o=.d)\n', '1: dependencies that a compiler writes are not read', '-include'],
    ['nonsense\n', '1: "nonsense" is no rule and no variable', 'nonsense'],
    ['.DEFAULT:\n\ttouch $@\n', '1: ".DEFAULT" cannot be converted', '.DEFAULT:'],
  ])('%j', (makefile, message, comment) => {
    const { told, text } = convert(makefile);
    expect(told).toContain(message);
    const comments = text.split('\n').filter((line) => line.trim().startsWith('#'));
    expect(comments.join('\n')).toContain(comment);
  });

  test('a recipe that is not converted fails in place of doing less', () => {
    expect(script('a:\n\techo $(eval X=1)\n')).toContain('exit 1');
  });
});

test('an order of which only make knows is told where something is removed', () => {
  const rules = 'clean:\n\t@rm -rf out\nlint:\n\ttrue\nbuild:\n\tmkdir -p out\n';
  const first = 'make does what "all" needs in this order: clean, build; otto does it at the same time';
  expect(convert(`all: clean build\n${rules}`).told).toContain(`1: ${first}`);
  expect(convert(`all: lint build\n${rules}`).told).toEqual([]);
  expect(convert(`all: build clean\n${rules}`).told).toEqual([]);
});

test('what differs from make is told', () => {
  const { told } = convert(
    'A ?= x\nall: B = 1\nall: low c c\nlow:\n\techo $(B) $(MAKE) $?\nc: all\n\ttrue\n$(A):\n\ttrue\n',
  );
  expect(told).toEqual([
    '1: what names and functions make of "A" is worked out now, from its value here',
    '2: variable "B" of "all" does not reach what it needs: "low"',
    '5: "$(MAKE)" stays a call of make',
    '5: "$?" stands for all prerequisites here',
    '6: "c" needs "all", which needs "c"',
  ]);
});

describe('scripts', () => {
  test.each([
    ['plain commands stay as they are', '@echo a', 'echo a'],
    ['what a shell keeps to itself gets one', 'cd x && make', '(cd x && make)'],
    ['a sequence goes on after a failure', 'a; b', '(set +e; a; b)'],
    ['errors are ignored', '-rm x', 'rm x || true'],
    ['-exec keeps its end', 'find . -exec ls {} \\;', 'find . -exec ls {} \\;'],
    [
      'variables go where quotes allow',
      'echo \'$(HOME)\' "$(HOME)" $(HOME)',
      'echo \'\'"${HOME:-}"\'\' "${HOME:-}" ${HOME:-}',
    ],
    ['dollars', 'echo $$x', 'set +u\necho $x\n'],
    ['awk is no shell', "awk '{print $$1}' x", "awk '{print $1}' x"],
  ])('%s', (_title, recipe, expected) => {
    expect(script(`.PHONY: a\na:\n\t${recipe}\n`)).toBe(expected);
  });
});

describe('variables', () => {
  test.each([
    ['A = x\n', { A: 'x' }],
    ['A = $(B) y\nB = x\n', { A: '${B} y', B: 'x' }],
    ['A := 1\nB := $(A)\nA := 2\n', { A: '2', B: '1' }],
    ['A ?= x\n', { A: '${A:-x}' }],
    ['A := $(shell git describe)\n', { A: '$(git describe || true)' }],
    ['PATH := bin:$(PATH)\n', { PATH: 'bin:${PATH:-}' }],
    ['A += x\n', { A: '${A:-} x' }],
    ['A = a b.c\nB = $(A:.c=.o) $(words $(A)) $(patsubst a%,z%,$(A))\n', { A: 'a b.c', B: 'a b.o 2 z b.c' }],
    ['export A = "x" $$y {\n', { A: '"x" \\$y {' }],
    ['OUTPUT = x\nA = "quoted"\n', {}],
    ['override A = 1\ndefine B\nx\nendef\n', { A: '1', B: 'x' }],
  ])('%j', (makefile, envs) => {
    expect(parse(convert(makefile).text).otto?.envs ?? {}).toEqual(envs);
  });
});

/** Parts of Makefiles, put together at random. */
const PARTS = [
  'a',
  'b.c',
  '%',
  ':',
  '::',
  '=',
  ':=',
  '?=',
  '+=',
  '$(',
  ')',
  '${',
  '}',
  '$',
  '$$',
  '\n',
  '\n\t',
  '\t',
  ' ',
  '\\\n',
  '#',
  '"',
  "'",
  '`',
  ';',
  '|',
  '&',
  ',',
  'ifeq (a,b)',
  'else',
  'endif',
  'define X',
  'endef',
  'include b.c',
  '.PHONY',
  '$@',
  '$<',
  '$(shell x',
  '$(foreach i,a b,',
  '$(call a,',
  '$(subst a,b,',
  '.c.o:',
  '*',
  '!',
  '~',
  '\u00e9',
  '\u0000',
  '\ud800',
  '\u0085',
  '\u2028',
  '- ',
  '? ',
  ': ',
  '@',
  '%.o: %.c',
];

function* texts(count: number): Generator<string> {
  let state = 12345;
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
  for (let at = 0; at < count; at++)
    yield Array.from({ length: random(40) }, () => PARTS[random(PARTS.length)]).join('');
}

test('any text gives an ottofile', () => {
  for (const text of texts(400)) convert(text, { 'b.c': text.slice(0, 20) });
});

test('large and deep Makefiles come to an end', () => {
  const chain = Array.from({ length: 1000 }, (_, at) => `t${at}: t${at + 1}\n\techo $@`).join('\n');
  expect(convert(chain).ottofile?.tasks.size).toBe(1000);
  const doubling = Array.from({ length: 40 }, (_, at) => `V${at} = "$(V${at + 1})$(V${at + 1})"`).join('\n');
  expect(convert(`${doubling}\na:\n\techo $(V0)\n`).told.join()).toContain('too often');
  expect(convert(`a: ${'$(a'.repeat(5000)}\n`).told).toBeDefined();
});
