import { describe, expect, test } from 'vitest';
import type { TaskName } from '../../src/base/task-name.ts';
import { readRequests } from '../../src/cli/requests.ts';
import type { ParamDefinition, TaskDefinition } from '../../src/ottofile/model.ts';
import { flag, MANY, nargs, param } from '../support/params.ts';

const DECLARED: Readonly<Record<string, readonly ParamDefinition[]>> = {
  build: [],
  test: [],
  greet: [param('-g|--greeting'), param('who')],
  lint: [flag('--fix'), param('files', { nargs: nargs(0, MANY) })],
};
const tasks = new Map(
  Object.entries(DECLARED).map(([name, params]) => [
    name as TaskName,
    { name, params, foreach: name === 'test' ? {} : null } as unknown as TaskDefinition,
  ]),
);

function read(line: string): unknown {
  const found = readRequests({ words: line.split(' '), commands: ['list', 'history'] }, { tasks });
  if (!found.ok) return [found.error.message, found.error.hint];
  if (found.value.kind === 'help') return `help of ${found.value.task.name}`;
  return found.value.requested.map(({ task, given, serial }) =>
    [
      task,
      ...[...given].map(([name, value]) => `${name}=${JSON.stringify(Object.values(value)[1])}`),
      ...(serial ? ['serial'] : []),
    ].join(' '),
  );
}

describe('words of a task', () => {
  test.each([
    ['build test', ['build', 'test']],
    ['greet build build', ['greet who="build"', 'build']],
    ['greet -g test greet lint a build', ['greet greeting="test" who="greet"', 'lint files=["a","build"]']],
    ['lint --fix -- --fix test', ['lint fix=true files=["--fix","test"]']],
    ['greet -- -x build', ['greet who="-x"', 'build']],
    ['build -- test', ['build', 'test']],
    ['test --Serial build', ['test serial', 'build']],
    ['build build', ['build']],
    ['test build test --Serial', ['test serial', 'build']],
    ['test:a test:b --Serial build', ['test:a', 'test:b serial', 'build']],
    ['greet a greet a', ['greet who="a"']],
    ['greet -h', 'help of greet'],
    ['build greet a --help nothing', 'help of greet'],
  ])('%s', (line, expected) => {
    expect(read(line)).toEqual(expected);
  });
});

test.each([
  [
    'greet a greet b',
    'task "greet" is named more than once with different values: who "a", and who "b"',
    'give it the same values each time',
  ],
  [
    'greet a greet a -g x',
    'task "greet" is named more than once with different values: who "a", and greeting "x", who "a"',
    'give it the same values each time',
  ],
  ['greet greet a', 'there is no task "a"', '"greet" takes no more values: otto greet [OPTIONS] WHO'],
  ['hist', 'there is no task "hist"', 'did you mean "history"?'],
  ['greet a buidl', 'there is no task "buidl"', 'did you mean "build"?'],
  ['DEBUG=1 build', 'there is no task "DEBUG=1"', 'a variable is set in front: DEBUG=1 otto …'],
  ['logs', 'there is no task "logs"', 'the output of a task: otto history latest TASK --log'],
  ['build logs', 'there is no task "logs"', 'the output of a task: otto history latest TASK --log'],
  ['greet --who a', 'task "greet" has no option "--who"', 'it is given without a name: otto greet WHO'],
  ['biuld tset', 'there is no task "biuld" or "tset"', 'did you mean "build"?'],
  ['histori', 'there is no task "histori"', 'did you mean "history"?'],
  ['build histori', 'there is no task "histori"', 'the tasks are: build, test, greet, lint'],
  ['nope build greet nope2', 'there is no task "nope"', 'the tasks are: build, test, greet, lint'],
  ['nope -x build', 'there is no task "nope"', 'the tasks are: build, test, greet, lint'],
  ['build -- -x', 'there is no task "-x"', 'the tasks are: build, test, greet, lint'],
  ['greet a -- --', 'there is no task "--"', '"greet" takes no more values: otto greet [OPTIONS] WHO'],
])('%s', (line, ...told) => {
  expect(read(line)).toEqual(told);
});
