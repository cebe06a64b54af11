import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type RunRig, runRig } from './rig.ts';

/** Eight jobs, each of which writes down how many there are while it runs. */
const MAKEFILE = `
all: 1 2 3 4 5 6 7 8
1 2 3 4 5 6 7 8:
\t@mkdir ../running/$(NAME)-$@; ls ../running | wc -l >> ../counts; sleep 0.1; rmdir ../running/$(NAME)-$@
`;

function prepare(rig: RunRig): void {
  rig.write('running/.keep', '');
  for (const name of ['x', 'y']) rig.write(`${name}/Makefile`, MAKEFILE);
}

const counts = (rig: RunRig): number[] =>
  readFileSync(join(rig.directory, 'counts'), 'utf8').trim().split('\n').map(Number);

const MAKES = `
tasks:
  x: {bash: "make -C x NAME=x"}
  y: {bash: "make -C y NAME=y"}
`;

test('makes in several tasks share the jobs of the run', async () => {
  await using rig = runRig();
  prepare(rig);
  const run = rig.run(MAKES, { jobs: 4 });
  expect((await run.done).result).toBe('succeeded');
  expect([run.output('x', 'stderr').toString(), run.output('y', 'stderr').toString()]).toEqual(['', '']);
  expect(counts(rig)).toHaveLength(16);
  expect(Math.max(...counts(rig))).toBeLessThanOrEqual(4);
  expect(Math.max(...counts(rig))).toBeGreaterThan(2);
});

test('other tasks count, and a make waits for them', async () => {
  await using rig = runRig();
  prepare(rig);
  const run = rig.run(
    `${MAKES}  plain: {bash: "echo ready; until [[ -e go ]]; do sleep 0.01; done"}
  go: {before: [x, y], bash: "touch go"}
`,
    { jobs: 3 },
  );
  expect((await run.done).result).toBe('succeeded');
  expect(Math.max(...counts(rig))).toBeLessThanOrEqual(2);
});

test('what a killed make held is made up for', async () => {
  await using rig = runRig();
  prepare(rig);
  const run = rig.run(
    `
tasks:
  killed:
    bash: |
      printf 'all: a b c d\\na b c d:\\n\\t@echo here; sleep 1000\\n' > Makefile.killed
      exec 5< <(make -f Makefile.killed)
      for _ in 1 2 3 4; do read -r _ <&5; done
      kill -KILL $(pgrep -g $$ -x make)
  x: {before: [killed], bash: "make -C x NAME=x"}
`,
    { jobs: 4 },
  );
  expect([(await run.done).result, run.output('killed', 'stderr').toString()]).toEqual(['succeeded', '']);
  expect(Math.max(...counts(rig))).toBeGreaterThan(2);
  expect(Math.max(...counts(rig))).toBeLessThanOrEqual(4);
});

test('an interrupted run does not wait for tokens', async () => {
  await using rig = runRig();
  const run = rig.run(
    `
tasks:
  greedy: {bash: "read -rn 1 -u 3 _; echo took; : make; sleep 1000"}
  next: {after: [last], bash: "true"}
  last: {bash: "true"}
`,
    { jobs: 2 },
  );
  await run.printed('greedy', 'took');
  run.signals.emit('SIGINT');
  expect((await run.done).result).toBe('interrupted');
});

test.each([
  [
    'is given what make needs, and keeps its own flags',
    'echo "$MAKEFLAGS" # make',
    'k -j2 --jobserver-auth=3,4\n',
  ],
  ['gets nothing when it does not speak of make', 'printenv | grep ^MAKEF', 'MAKEFLAGS=k -j7\n'],
])('a script %s', async (_, script, printed) => {
  await using rig = runRig();
  const run = rig.run(`tasks: {a: {bash: ${JSON.stringify(script)}}, b: {bash: ": make"}}`, {
    jobs: 2,
    environment: { ...process.env, MAKEFLAGS: 'k -j7' },
  });
  await run.done;
  expect(run.output('a').toString()).toBe(printed);
});

test('an ottofile that sets MAKEFLAGS has said all', async () => {
  await using rig = runRig();
  const run = rig.run('tasks: {a: {envs: {MAKEFLAGS: -j3}, bash: "echo $MAKEFLAGS # make"}}');
  await run.done;
  expect(run.output('a').toString()).toBe('-j3\n');
});
