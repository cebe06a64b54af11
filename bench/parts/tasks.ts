import { delimiter, join } from 'node:path';
import { type Command, timeCommand } from '../measure/command.ts';
import { type Contender, contender } from '../measure/interleave.ts';
import { type Against, measureRow } from '../measure/row.ts';
import { commandLine } from '../otto.ts';
import type { Goal, Row } from '../result.ts';
import { benchDirectory, findJust, findMoon, findPackage, findProgram } from '../rivals.ts';
import { freshDirectory, type MeasurePart, type Setting } from '../setting.ts';
import { memoryOfManyTasks } from './many-tasks.ts';
import { firstTask, type Job, jobs, type Workspace, writeWorkspace } from './tasks-workspace.ts';

const OTTO = 'otto run';
const FAST = 'otto run --fast';
const NODE_LOOP = 'bare Node spawn loop';

const JOBS_AT_ONCE = 2;

export const measureTasks: MeasurePart = async (setting) => {
  const many = setting.quick ? 10 : 100;
  const rows: Row[] = [];
  for (const job of jobs) {
    const directory = freshDirectory(join(setting.disk, job));
    const workspace = { directory, job, count: job === 'one' ? 1 : many };
    writeWorkspace(workspace);
    rows.push(await jobRow(setting, { workspace, work: works[job](workspace.count), environment: {} }));
  }
  for (const job of ['wide', 'chain'] as const) rows.push(await manyRow(setting, job));
  return { rows: [...rows, ...(await asFoundRows(setting))], checks: memoryOfManyTasks(setting) };
};

/** Ten times as many: whether cost grows with the number of tasks. Only beside runners that need seconds for it, not minutes. */
function manyRow(setting: Setting, job: 'wide' | 'chain'): Promise<Row> {
  const workspace = {
    directory: freshDirectory(join(setting.disk, `many-${job}`)),
    job,
    count: setting.quick ? 20 : 1000,
  };
  writeWorkspace(workspace);
  return jobRow(setting, { workspace, work: works[job](workspace.count), environment: {} });
}

const MANY = 1000;

/** The same as the first row, with what this machine gives every Node to read when it starts. */
async function asFoundRows(setting: Setting): Promise<Row[]> {
  const environment = setting.slowing;
  const names = Object.keys(environment);
  if (names.length === 0) return [];
  const workspace: Workspace = { directory: join(setting.disk, 'one'), job: 'one', count: 1 };
  const work = `one no-op task where ${names.join(' and ')} is set`;
  return [await jobRow(setting, { workspace, work, environment })];
}

interface JobPlan {
  readonly workspace: Workspace;
  readonly work: string;
  /** Added to the environment of every contender. */
  readonly environment: Readonly<Record<string, string>>;
}

const works: Readonly<Record<Job, (count: number) => string>> = {
  one: () => 'one no-op task',
  wide: (count) => `${count} independent no-op tasks, ${JOBS_AT_ONCE} at a time`,
  chain: (count) => `${count} no-op tasks in a chain`,
};

function jobRow(setting: Setting, { workspace, work, environment }: JobPlan): Promise<Row> {
  const present: Contender[] = [];
  const absent: Record<string, string> = {};
  const isMany = workspace.count >= MANY;
  for (const [name, found] of Object.entries(runners(setting, workspace))) {
    const command = (isMany ? unfit[workspace.job][name] : undefined) ?? found;
    if (typeof command === 'string') absent[name] = command;
    else present.push(contender(name, () => timeCommand(withEnvironment(command, environment))));
  }
  return measureRow({
    work,
    contenders: present,
    ours: [OTTO, FAST],
    against: isMany ? [{ subject: OTTO, baseline: NODE_LOOP }] : goalsOf(workspace.job),
    absent,
    rounds: setting.rounds(workspace.job === 'one' ? 21 : isMany ? 3 : 9),
  });
}

const MINUTES = 'only with 100 tasks: it would take minutes';

/** Why a runner does not do a job of 1000 tasks. */
const unfit: Readonly<Record<Job, Readonly<Record<string, string>>>> = {
  one: {},
  wide: { wireit: MINUTES, moon: MINUTES },
  chain: { wireit: MINUTES, moon: MINUTES, just: 'overflows its stack' },
};

const withEnvironment = (command: Command, env: Readonly<Record<string, string>>): Command => ({
  ...command,
  env: { ...env, ...command.env },
});

const ahead: Goal = { kind: 'speed-at-least', ratio: 1 };
const stretch: Goal = { ...ahead, stretch: true };

const goals: Readonly<Record<Job, Readonly<Record<string, Goal | undefined>>>> = {
  one: { [NODE_LOOP]: { kind: 'time-at-most', ratio: 1.25 } },
  wide: {
    [NODE_LOOP]: { kind: 'time-at-most', ratio: 1.5 },
    wireit: ahead,
    moon: ahead,
    just: stretch,
    ninja: stretch,
  },
  chain: { [NODE_LOOP]: undefined },
};

const goalsOf = (job: Job): Against[] =>
  Object.entries(goals[job]).map(([baseline, goal]) => ({
    subject: OTTO,
    baseline,
    ...(goal ? { goal } : {}),
  }));

/** How each runner is told to do the job; in place of the command, why it cannot. */
function runners(setting: Setting, { job, count, directory }: Workspace): Record<string, Command | string> {
  const here = (argv: readonly string[], env: Record<string, string> = {}): Command => ({
    argv,
    cwd: directory,
    env,
  });
  const found = (program: string | null, use: (path: string) => Command): Command | string =>
    program === null ? 'not installed' : use(program);
  const atOnce = String(JOBS_AT_ONCE);
  const home = { OTTO_HOME: join(setting.disk, 'home') };
  const loops = String(count);
  const target = job === 'one' ? firstTask : 'all';
  return {
    [OTTO]: here([process.execPath, commandLine, 'run', '-j', atOnce, target], home),
    [FAST]: here([process.execPath, commandLine, 'run', '--fast', '-j', atOnce, target], home),
    [NODE_LOOP]: here([process.execPath, 'spawn-loop.mjs', loops, job === 'chain' ? '1' : atOnce]),
    'bash loop': here(['bash', '-c', BASH_LOOP, 'bash', loops, job === 'wide' ? atOnce : '1']),
    make: found(findProgram('make'), (make) => here([make, '--silent', '-j', atOnce, target])),
    ninja: found(findProgram('ninja'), (ninja) => here([ninja, '--quiet', '-j', atOnce, target])),
    just: found(findJust(), (just) => here([just, '--jobs', atOnce, target])),
    wireit: found(findPackage('wireit'), () => here(['npm', 'run', '--silent', target], wireitEnvironment)),
    moon: found(findMoon(), (moon) =>
      here([moon, 'run', `bench:${target}`, '-c', atOnce], moonEnvironment(setting)),
    ),
  };
}

/** The floor for everything: one bash that starts others and waits for them. */
const BASH_LOOP = `
for ((i = 0; i < $1; i++)); do
  if (($2 == 1)); then bash -c true; continue; fi
  ((i < $2)) || wait -n
  bash -c true &
done
wait
`;

const wireitEnvironment = {
  PATH: `${process.env.PATH ?? ''}${delimiter}${join(benchDirectory, 'node_modules', '.bin')}`,
  WIREIT_PARALLEL: String(JOBS_AT_ONCE),
};

/** Its own state stays in the workspace, and it must not look for a newer version. */
const moonEnvironment = ({ disk }: Setting): Record<string, string> => ({
  MOON_HOME: join(disk, 'moon'),
  PROTO_HOME: join(disk, 'proto'),
  PROTO_OFFLINE: 'true',
});
