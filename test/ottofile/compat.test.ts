import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Project } from '../cli/project.ts';
import { problems, task, valid } from './read.ts';

const file = (name: string): string => readFileSync(join(import.meta.dirname, 'compat', name), 'utf8');

test('a file that was written for an older runner is read without a word', () => {
  const text = file('greeting.yml');
  expect(problems(text)).toEqual([]);
  const ottofile = valid(text);
  expect(ottofile).toMatchObject({ project: 'example', jobs: 4, defaults: ['world'] });
  expect(task(ottofile, 'hello').params).toMatchObject([
    {
      kind: 'option',
      name: 'greeting',
      choices: ['hello', 'howdy', 'hola'],
      default: 'hello',
      metavar: 'WORD',
    },
    { kind: 'flag', name: 'dry-run', variable: 'dry_run', default: 'false' },
  ]);
  expect(task(ottofile, 'world').params).toMatchObject([{ name: 'name', dest: 'who' }]);
  expect(['hello', 'world', 'punch'].map((name) => task(ottofile, name).script?.language)).toEqual([
    'bash',
    'python',
    'bash',
  ]);
  expect(task(ottofile, 'punch')).toMatchObject({
    before: ['hello'],
    after: ['world'],
    input: [{ text: 'src/*.c' }],
    output: [{ text: 'build/app' }],
  });
});

test('keys that otto does not know are warned of, and the tasks run', () => {
  const text = file('unknown-keys.yml');
  expect(problems(text).map((line) => /^(\w+) .*"(\w+)"; it is ignored/.exec(line)?.slice(1))).toEqual([
    ['warning', 'verbosity'],
    ['warning', 'note'],
    ['warning', 'tags'],
    ['warning', 'selectors'],
  ]);
  using project = new Project({ 'otto.yml': text });
  expect(project.otto(['run', 'build'])).toMatchObject({ code: 0, stdout: 'build | built\n' });
});
