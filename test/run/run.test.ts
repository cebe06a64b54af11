import { expect, test } from 'vitest';
import { runRig } from './rig.ts';

test('a chain runs in order and leaves logs, values and run.json', async () => {
  await using rig = runRig();
  const run = rig.run(`
tasks:
  first:
    bash: |
      echo hello
      echo oops >&2
      OUTPUT[word]=hi
  second:
    before: [first]
    bash: |
      printf '%s' "\${INPUT[first.word]}"
`);
  const summary = await run.done;
  expect(summary).toMatchObject({ result: 'succeeded', signal: null, failures: [] });
  expect(run.output('second').toString()).toBe('hi');
  expect(run.log('first', 'stdout').toString()).toBe('hello\n');
  expect(run.log('first', 'stderr').toString()).toBe('oops\n');
});
