import { once } from 'node:events';
import { expect, test } from 'vitest';
import { Project } from './project.ts';

interface Shown {
  readonly result: string;
  readonly tasks: readonly { readonly name: string; readonly result: string }[];
}

const historyOf = (project: Project): Shown[] =>
  JSON.parse(project.otto(['history', '--json', '-n', '1000']).stdout) as Shown[];

const CHAIN = `
tasks:
  a: {bash: "echo a"}
  b: {before: [a], bash: "echo b"}
  c: {before: [b], bash: "echo c"}
`;

/** Runs it, and kills otto at that time after its start, in milliseconds. */
async function killedAt(project: Project, ms: number): Promise<boolean> {
  const otto = project.start(['run', 'c'], 'ignore');
  const timer = setTimeout(() => otto.kill('SIGKILL'), ms);
  const [, signal] = await once(otto, 'exit');
  clearTimeout(timer);
  return signal === 'SIGKILL';
}

test('a run that is killed at any moment is shown as interrupted, and every other as what it was', async () => {
  using project = new Project({ 'otto.yml': CHAIN });
  project.otto(['run', 'c']);
  let ended = 1;
  for (let n = 0; n < 30; n++) if (!(await killedAt(project, 20 + 8 * n))) ended++;
  const runs = historyOf(project);
  const results = new Set(runs.map(({ result }) => result));
  expect([...results].filter((result) => result !== 'interrupted' && result !== 'succeeded')).toEqual([]);
  const succeeded = runs.filter(({ result }) => result === 'succeeded');
  // One that was killed when all was recorded has succeeded, too.
  expect(succeeded.length).toBeGreaterThanOrEqual(ended);
  for (const { tasks } of succeeded)
    expect(tasks.map(({ result }) => result)).toEqual(Array(3).fill('succeeded'));
  expect(project.otto(['run', 'c']).code).toBe(0);
});

test('runs of one project at once are all recorded', async () => {
  using project = new Project({ 'otto.yml': CHAIN });
  const runs = Array.from({ length: 40 }, () => project.start(['run', '-q', 'c'], 'ignore'));
  const ends = await Promise.all(runs.map((run) => once(run, 'exit')));
  expect(new Set(ends.map(([code]) => code))).toEqual(new Set([0]));
  const shown = historyOf(project);
  expect(shown).toHaveLength(40);
  expect(new Set(shown.map(({ result }) => result))).toEqual(new Set(['succeeded']));
});
