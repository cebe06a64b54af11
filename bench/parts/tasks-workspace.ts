import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One directory in which every runner finds the same three jobs: `one`, `wide` (independent) and `chain`. */

export const jobs = ['one', 'wide', 'chain'] as const;
export type Job = (typeof jobs)[number];

export interface NoOpTask {
  readonly name: string;
  readonly needs: readonly string[];
}

const numbered = (letter: string, index: number): string => `${letter}${String(index).padStart(3, '0')}`;

/** The tasks of all jobs; a job's own name is a task that only needs others (`one` is a no-op itself). */
export function noOpTasks(count: number): { steps: NoOpTask[]; groups: NoOpTask[] } {
  const indices = Array.from({ length: count }, (_, index) => index);
  const wide = indices.map((index) => ({ name: numbered('w', index), needs: [] }));
  const chain = indices.map((index) => ({
    name: numbered('c', index),
    needs: index === 0 ? [] : [numbered('c', index - 1)],
  }));
  return {
    steps: [{ name: 'one', needs: [] }, ...wide, ...chain],
    groups: [
      { name: 'wide', needs: wide.map(({ name }) => name) },
      { name: 'chain', needs: [numbered('c', count - 1)] },
    ],
  };
}

type Render = (step: NoOpTask) => string;

function render(count: number, step: Render, group: Render): string {
  const { steps, groups } = noOpTasks(count);
  return [...steps.map(step), ...groups.map(group)].join('\n');
}

export const ottofile = (count: number): string =>
  `tasks:\n${render(
    count,
    ({ name, needs }) => `  ${name}:\n    before: [${needs.join(', ')}]\n    bash: 'true'`,
    ({ name, needs }) => `  ${name}:\n    before: [${needs.join(', ')}]`,
  )}\n`;

/** Not `bash -c :`, which make recognizes and skips. */
export const makefile = (count: number): string =>
  `.PHONY: all\n${render(
    count,
    ({ name, needs }) => `.PHONY: ${name}\n${name}: ${needs.join(' ')}\n\t@bash -c true`,
    ({ name, needs }) => `.PHONY: ${name}\n${name}: ${needs.join(' ')}`,
  )}\n`;

export const ninjaFile = (count: number): string =>
  `rule noop\n  command = bash -c true\n${render(
    count,
    ({ name, needs }) => `build ${name}: noop ${needs.join(' ')}`,
    ({ name, needs }) => `build ${name}: phony ${needs.join(' ')}`,
  )}\n`;

/** just runs dependencies side by side only where [parallel] says so, and then all of them at once. */
export const justfile = (count: number): string =>
  `${render(
    count,
    ({ name, needs }) => `${name}: ${needs.join(' ')}\n  @bash -c true\n`,
    ({ name, needs }) => `[parallel]\n${name}: ${needs.join(' ')}\n`,
  )}\n`;

export function wireitPackage(count: number): string {
  const { steps, groups } = noOpTasks(count);
  const all = [...steps, ...groups];
  const wireit = [
    ...steps.map(({ name, needs }) => [name, { command: 'bash -c true', dependencies: needs }]),
    ...groups.map(({ name, needs }) => [name, { dependencies: needs }]),
  ];
  return JSON.stringify({
    name: 'no-op-tasks',
    version: '1.0.0',
    private: true,
    scripts: Object.fromEntries(all.map(({ name }) => [name, 'wireit'])),
    wireit: Object.fromEntries(wireit),
  });
}

export function moonTasks(count: number): string {
  const { steps, groups } = noOpTasks(count);
  const options = { cache: false };
  const tasks = [
    ...steps.map(({ name, needs }) => [name, { command: 'bash -c true', deps: needs, options }]),
    ...groups.map(({ name, needs }) => [name, { deps: needs, options }]),
  ];
  return JSON.stringify({ tasks: Object.fromEntries(tasks) });
}

const MOON_WORKSPACE = `projects: { bench: '.' }\ntelemetry: false\npipeline: { autoCleanCache: false }\n`;

/** The floor for any runner written for Node: nothing but starting bash, `jobs` at a time. */
const SPAWN_LOOP = `
import { spawn } from 'node:child_process';
let [left, jobs] = process.argv.slice(2).map(Number);
const next = () => {
  if (left-- > 0) spawn('bash', ['-c', 'true'], { stdio: 'inherit' }).on('exit', next);
};
while (jobs-- > 0) next();
`;

export function writeWorkspace(directory: string, count: number): void {
  const files = {
    'otto.yml': ottofile(count),
    Makefile: makefile(count),
    'build.ninja': ninjaFile(count),
    justfile: justfile(count),
    'package.json': wireitPackage(count),
    'moon.yml': moonTasks(count),
    '.moon/workspace.yml': MOON_WORKSPACE,
    'spawn-loop.mjs': SPAWN_LOOP,
  };
  mkdirSync(join(directory, '.moon'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
}
