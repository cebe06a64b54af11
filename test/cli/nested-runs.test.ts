import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { isAlive } from '../run/rig.ts';
import { mayGoOn } from '../support/bounded.ts';
import { CLI, Project } from './project.ts';

/** An otto in a task of an otto: whatever ends either of them, no process of the inner one's tasks is left. */

const QUIET = '< /dev/null > /dev/null 2>&1';
const IGNORING = "trap '' TERM INT HUP";

/** Each of them writes its own pid; all work in the project's directory, by which they are found. */
const SCRIPTS = {
  'stay.sh': `${IGNORING}; echo $$ >> pids; sleep 60; sleep 60`,
  'daemon.sh': '(setsid env -i bash stay.sh &) & exit',
};

const inner = (directory: string): string => `
tasks:
  inner:
    dir: ..
    bash: |
      bash stay.sh ${QUIET} &
      (setsid bash stay.sh ${QUIET} &)
      bash daemon.sh ${QUIET}
      (setsid env -i bash chain.sh ${QUIET} &)
      ${IGNORING}
      until [[ $(wc -l < pids) == 3 && -e hops ]]; do sleep 0.01; done
      touch ready
      while ${mayGoOn(directory)}; do sleep 0.2; done
  next: {bash: ":"}
`;

const otto = (home: string): string => `env OTTO_HOME=${home} '${process.execPath}' '${CLI}'`;

const outer = (home: string): string => `
tasks:
  waits:
    bash: |
      ${otto(home)} run -o inner/otto.yml inner & echo $! > inner-pid
      wait $!
  becomes: {bash: "echo $$ > inner-pid; exec ${otto(home)} run -o inner/otto.yml inner"}
  next: {bash: ":"}
`;

/** The inner otto has a home of its own, or the outer one's. */
function projectOf(home: 'home' | 'other'): Project {
  const project = new Project(SCRIPTS);
  const { directory } = project;
  project.write('otto.yml', outer(project.path(home)));
  project.write('inner/otto.yml', inner(directory));
  project.write(
    'chain.sh',
    `${mayGoOn(directory)} || exit; ${IGNORING}; echo x >> hops; setsid bash chain.sh & exit`,
  );
  return project;
}

function worksIn(directory: string, pid: string): boolean {
  try {
    return `${readlinkSync(`/proc/${pid}/cwd`)}/`.startsWith(`${directory}/`);
  } catch {
    return false;
  }
}

/** Several looks: one of a chain is gone before its turn. */
const processesOf = ({ directory }: Project): string[] =>
  Array.from({ length: 20 }, () =>
    readdirSync('/proc').filter((pid) => isAlive(Number(pid)) && worksIn(directory, pid)),
  ).flat();

async function started(project: Project, name: string): Promise<{ run: ChildProcess; inner: number }> {
  const run = project.start(['run', '-v', name], ['ignore', 'ignore', 'pipe']);
  await vi.waitFor(() => expect(existsSync(project.path('ready'))).toBe(true), { timeout: 20_000 });
  expect(new Set(processesOf(project)).size).toBeGreaterThan(4);
  return { run, inner: Number(readFileSync(project.path('inner-pid'), 'utf8')) };
}

const CASES = [
  ['of a task that waits for it, in the same home', 'waits', 'home'],
  ['that is the main process of a task, in another home', 'becomes', 'other'],
] as const;

describe.each(CASES)('no process is left of an otto %s', (_, name, home) => {
  test('when it is killed', async () => {
    using project = projectOf(home);
    const { run, inner } = await started(project, name);
    process.kill(inner, 'SIGKILL');
    expect(await once(run, 'exit')).toEqual([1, null]);
    expect(processesOf(project)).toEqual([]);
  });

  test('when the outer one is interrupted twice', async () => {
    using project = projectOf(home);
    const { run } = await started(project, name);
    const ended = once(run, 'exit');
    run.kill('SIGINT');
    await once(run.stderr as NonNullable<typeof run.stderr>, 'data');
    run.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
    expect(processesOf(project)).toEqual([]);
  });

  test('when the outer one is killed, as soon as there is another run', async () => {
    using project = projectOf(home);
    const { run } = await started(project, name);
    const ended = once(run, 'exit');
    run.kill('SIGKILL');
    await ended;
    expect(processesOf(project)).not.toEqual([]);
    expect(project.otto(['run', 'next'])).toMatchObject({ code: 0 });
    expect(processesOf(project)).toEqual([]);
  });
});
