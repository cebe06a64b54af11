import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A directory for each job, in which every runner finds it: nobody reads tasks that the job does not have. */

export const jobs = ['one', 'wide', 'chain'] as const;
export type Job = (typeof jobs)[number];

export interface NoOpTask {
  readonly name: string;
  readonly needs: readonly string[];
}

interface Tasks {
  readonly steps: readonly NoOpTask[];
  /** The task `all`, which does nothing itself. */
  readonly all: NoOpTask;
}

const taskName = (index: number): string => `t${String(index).padStart(3, '0')}`;
export const firstTask = taskName(0);

/** `wide`: no step needs another one. `chain`: each needs the one before. */
export function noOpTasks(job: Job, count: number): Tasks {
  const names = Array.from({ length: count }, (_, index) => taskName(index));
  const steps = names.map((name, index) => ({
    name,
    needs: job === 'chain' ? names.slice(Math.max(0, index - 1), index) : [],
  }));
  return { steps, all: { name: 'all', needs: job === 'chain' ? names.slice(-1) : names } };
}

type Render = (step: NoOpTask) => string;

const render = ({ steps, all }: Tasks, step: Render, group: Render): string =>
  [...steps.map(step), group(all)].join('\n');

export const ottofile = (tasks: Tasks): string =>
  `tasks:\n${render(
    tasks,
    ({ name, needs }) => `  ${name}:\n    before: [${needs.join(', ')}]\n    bash: 'true'`,
    ({ name, needs }) => `  ${name}:\n    before: [${needs.join(', ')}]`,
  )}\n`;

/** Not `bash -c :`, which make recognizes and skips. */
export const makefile = (tasks: Tasks): string =>
  `.PHONY: all\n${render(
    tasks,
    ({ name, needs }) => `.PHONY: ${name}\n${name}: ${needs.join(' ')}\n\t@bash -c true`,
    ({ name, needs }) => `.PHONY: ${name}\n${name}: ${needs.join(' ')}`,
  )}\n`;

export const ninjaFile = (tasks: Tasks): string =>
  `rule noop\n  command = bash -c true\n${render(
    tasks,
    ({ name, needs }) => `build ${name}: noop ${needs.join(' ')}`,
    ({ name, needs }) => `build ${name}: phony ${needs.join(' ')}`,
  )}\n`;

/** just runs dependencies side by side only where [parallel] says so, and then all of them at once. */
export const justfile = (tasks: Tasks): string =>
  `${render(
    tasks,
    ({ name, needs }) => `${name}: ${needs.join(' ')}\n  @bash -c true\n`,
    ({ name, needs }) => `[parallel]\n${name}: ${needs.join(' ')}\n`,
  )}\n`;

export function wireitPackage(tasks: Tasks): string {
  const wireit = [
    ...tasks.steps.map(({ name, needs }) => [name, { command: 'bash -c true', dependencies: needs }]),
    [tasks.all.name, { dependencies: tasks.all.needs }],
  ];
  return JSON.stringify({
    name: 'no-op-tasks',
    version: '1.0.0',
    private: true,
    scripts: Object.fromEntries(wireit.map(([name]) => [name, 'wireit'])),
    wireit: Object.fromEntries(wireit),
  });
}

export function moonTasks(tasks: Tasks): string {
  const options = { cache: false };
  const named = [
    ...tasks.steps.map(({ name, needs }) => [name, { command: 'bash -c true', deps: needs, options }]),
    [tasks.all.name, { deps: tasks.all.needs, options }],
  ];
  return JSON.stringify({ tasks: Object.fromEntries(named) });
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

export interface Workspace {
  readonly directory: string;
  readonly job: Job;
  readonly count: number;
}

export function writeWorkspace({ directory, job, count }: Workspace): void {
  const tasks = noOpTasks(job, count);
  const files = {
    'otto.yml': ottofile(tasks),
    Makefile: makefile(tasks),
    'build.ninja': ninjaFile(tasks),
    justfile: justfile(tasks),
    'package.json': wireitPackage(tasks),
    'moon.yml': moonTasks(tasks),
    '.moon/workspace.yml': MOON_WORKSPACE,
    'spawn-loop.mjs': SPAWN_LOOP,
  };
  mkdirSync(join(directory, '.moon'), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
}
