import { expect, test } from 'vitest';
import { problems } from './read.ts';

/** What people write who have not read the documents yet. */
test.each([
  [
    'the lines of a script as far in as its key',
    'tasks:\n  a:\n    bash: |\n    echo hi\n',
    'error 4:5 YAML: this line is not indented further than the "bash: |" above it (the lines of a text begin two spaces further in than its key)',
  ],
  [
    'the same with another key below',
    'tasks:\n  a:\n    bash: |\n    echo hi\n    help: x\n',
    'error 4:5 YAML: this line is not indented further than the "bash: |" above it (the lines of a text begin two spaces further in than its key)',
  ],
  [
    'a key too far in',
    'tasks:\n  a:\n    help: x\n     bash: echo hi\n',
    'error 4:6 YAML: this line is indented further than the key above it, which has a value already (indent it exactly like the lines it belongs to)',
  ],
  [
    'a colon in a script',
    'tasks:\n  a:\n    bash: echo "note: x"\n',
    'error 3:11 YAML: Nested mappings are not allowed in compact mappings (put a value that holds ": " in quotes, or write it as a block: "bash: |")',
  ],
  [
    'quotes around a part of a script',
    'tasks:\n  a:\n    bash: "echo" hi\n',
    'error 3:18 YAML: Unexpected scalar at node end (put the whole value in quotes, or write it as a block: "bash: |")',
  ],
  [
    'a script that begins with !, which YAML takes off',
    'tasks: {a: {bash: ! grep x y}}',
    'error 1:21 YAML takes "!" for a tag, and the text is without it (put the whole text in quotes, or write it as a block: "bash: |")',
  ],
  [
    'the same without a space',
    'tasks:\n  a:\n    bash: !grep x y\n',
    'error 3:17 YAML takes "!grep" for a tag, and the text is without it (put the whole text in quotes, or write it as a block: "bash: |")',
  ],
  [
    'two names in one text',
    'tasks: {a: {}, b: {}, c: {before: "a, b"}}',
    'error 1:35 task "c" names "a, b" in "before", but there is no such task (several names are a list: [a, b])',
  ],
  [
    'a pattern in place of foreach',
    'tasks: {a: {foreach: "*.csv"}}',
    'error 1:22 "foreach" must be a mapping, not "*.csv" (write "foreach: {glob: *.csv}", with the pattern in quotes)',
  ],
  [
    'a list of includes',
    'include: [web]',
    'error 1:10 "include" must be a mapping: "key: value" lines, indented (write "include: {NAME: PATH}"; the tasks of that file are called NAME:TASK)',
  ],
  [
    'include in the wrong place',
    'otto: {include: {a: b}}',
    'warning 1:8 "otto" has an unknown key "include"; it is ignored (it stands at the top level, beside "otto:")',
  ],
  [
    'envs in the wrong place',
    'envs: {A: b}',
    'warning 1:1 unknown key "envs" at the top level; it is ignored (move it under "otto:")',
  ],
  [
    'a task at the top level that is called like a key of otto',
    'jobs: {bash: ls}',
    'warning 1:1 unknown key "jobs" at the top level; it is ignored (when it is a task, move it under "tasks:")',
  ],
  [
    'a default in place of a param',
    'tasks: {a: {params: {who: Bob}}}',
    'error 1:27 the param "who" must be a mapping: "key: value" lines, indented (a text is its default: "who: {default: …}")',
  ],
  [
    'the last part of an included name',
    'tasks: {"web:bundle": {}, b: {before: bundle}}',
    'error 1:39 task "b" names "bundle" in "before", but there is no such task (did you mean "web:bundle"?)',
  ],
])('%s', (_, text, expected) => {
  expect(problems(text)).toEqual([expected]);
});

test.each([
  ['depends_on', 'before'],
  ['deps', 'before'],
  ['needs', 'before'],
  ['desc', 'help'],
  ['cwd', 'dir'],
  ['vars', 'envs'],
  ['args', 'params'],
  ['sources', 'input'],
  ['generates', 'output'],
  ['when', 'if'],
  ['matrix', 'foreach'],
])('"%s" of another runner is called "%s"', (key, word) => {
  expect(problems(`tasks: {a: {bash: ls, ${key}: x}}`)).toEqual([
    `warning 1:23 task "a" has an unknown key "${key}"; it is ignored (it is called "${word}" here)`,
  ]);
});

test.each(['!!str 1.10', '"! x"', "'!x'", '|\n      ! grep x y'])('%s is no lost text', (value) => {
  expect(problems(`tasks:\n  a:\n    bash: ${value}\n`)).toEqual([]);
});
