import { expect, test } from 'vitest';
import { problems, task, valid } from './read.ts';

test('the keys of streams are read, and "stdin_from" is a dependency', () => {
  const ottofile = valid(`
tasks:
  gen: {streaming: true, keep_stream: 2MiB, bash: x}
  all: {streaming: true, keep_stream: true, bash: x}
  none: {streaming: true, keep_stream: false, bash: x}
  read: {before: [all], stdin_from: gen, bash: x}
`);
  expect(task(ottofile, 'gen')).toMatchObject({ streaming: true, keptStreamBytes: 2 * 1024 * 1024 });
  expect(task(ottofile, 'all').keptStreamBytes).toBe(Number.POSITIVE_INFINITY);
  expect(task(ottofile, 'none').keptStreamBytes).toBe(0);
  expect(task(ottofile, 'read')).toMatchObject({ before: ['all', 'gen'], stdinFrom: 'gen' });
});

test('"stdin_from" that names a dependency once more adds none', () => {
  expect(task(valid('tasks: {a: {bash: x}, b: {before: a, stdin_from: a, bash: x}}'), 'b').before).toEqual([
    'a',
  ]);
});

const said = (text: string): string[] =>
  problems(`tasks: {${text}}`).map((line) => line.replace(/^(\w+) [\d:]+ /, '$1: '));

test.each([
  [
    'a: {stdin_from: bb, bash: x}, bbb: {bash: x}',
    'error: task "a" takes its stdin from "bb", but there is no such task (did you mean "bbb"?)',
  ],
  ['a: {stdin_from: a, bash: x}', 'error: task "a" takes its stdin from itself (name another task)'],
  [
    'a: {stdin_from: f, bash: x}, f: {foreach: {items: [1]}, bash: x}',
    'error: task "a" takes its stdin from "f", which is repeated: each of its items has a stdout of its own (write "streaming: true" there, and read $OTTO_INPUT_STREAM_… of each item)',
  ],
  [
    'a: {stdin_from: g, bash: x}, g: {}',
    'error: task "a" takes its stdin from "g", which has no script and so no stdout (name a task with a script)',
  ],
  [
    'a: {stdin_from: m, bash: x}, m: {markers: true, bash: x}',
    'error: task "a" takes its stdin from "m", which has markers on its stdout: it goes to the reader as it is, and none of them is a value (remove "markers" there, or let it write a stream: "streaming: true")',
  ],
  [
    'a: {stdin_from: i, bash: x}, i: {interactive: true, bash: x}',
    'error: task "a" takes its stdin from "i", which is interactive: its stdout is the terminal (remove "interactive" there)',
  ],
  [
    'a: {stdin_from: b, interactive: true, bash: x}, b: {bash: x}',
    'error: task "a" is interactive: its stdin is the terminal, not the stdout of "b" (remove "interactive" or "stdin_from")',
  ],
  [
    'a: {stdin_from: b}, b: {bash: x}',
    'error: task "a" has "stdin_from", but no script that could read it (add a script)',
  ],
  [
    'a: {streaming: true}',
    'error: task "a" is streaming, but has no script that could write a stream (add a script)',
  ],
  [
    'a: {streaming: true, interactive: true, bash: x}',
    'error: task "a" is streaming and interactive; an interactive task runs alone, and nobody could read its stream (remove one of the two)',
  ],
  [
    'a: {bash: x, stdin_from: b}, b: {bash: x, before: a}',
    'error: tasks wait for each other: a -> b -> a (each waits for the next one: remove one of these links)',
  ],
  [
    'a: {bash: x, streaming: maybe}',
    'error: "streaming" must be true or false, not "maybe" (write one of these two words)',
  ],
  [
    'a: {bash: x, keep_stream: some}',
    'error: "keep_stream" must be a size, not "some" (for example 2GiB, 512 MB, or a number of bytes)',
  ],
  [
    'a: {bash: cat $OTTO_INPUT_STREAM}',
    'warning: task "a" reads OTTO_INPUT_STREAM, but no task that runs before it is streaming (add "streaming: true" to the task that writes it)',
  ],
  [
    'a: {bash: echo > $OTTO_OUTPUT_PIPE}',
    'warning: task "a" names OTTO_OUTPUT_PIPE, which only a streaming task has (add "streaming: true")',
  ],
  [
    'a: {bash: x, streaming: true}, b: {bash: x, streaming: true}, c: {before: [a, b], bash: cat $OTTO_INPUT_STREAM}',
    'warning: task "c" reads OTTO_INPUT_STREAM, but 2 tasks before it are streaming (name one of them: OTTO_INPUT_STREAM_A, OTTO_INPUT_STREAM_B)',
  ],
  [
    'a-x: {bash: x, streaming: true}, c: {before: [a-x], bash: cat $OTTO_INPUT_STREAM_AX}',
    'warning: task "c" reads OTTO_INPUT_STREAM_AX, but no streaming task before it is called so (it has OTTO_INPUT_STREAM_A_X)',
  ],
])('%s', (text, problem) => {
  expect(said(text)).toEqual([problem]);
});

test('streams that can be written and read are no problem', () => {
  expect(
    said(`
      a-x: {bash: 'echo > "$OTTO_OUTPUT_STREAM"', streaming: true},
      b: {python: 'open(os.environ["OTTO_INPUT_PIPE_A_X"])', before: a-x, streaming: true},
      c: {bash: 'cat "$OTTO_INPUT_STREAM_A_X" "$OTTO_INPUT_STREAM_B"', before: [a-x, b]},
      d: {bash: 'cat "$OTTO_INPUT_STREAM"', before: [b]},
      e: {bash: cat, stdin_from: d}`),
  ).toEqual([]);
});
