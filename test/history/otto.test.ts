import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { rowsOf, sqlite } from './database.ts';
import { makeHome, writeRun } from './rig.ts';

const OTTO = resolve(import.meta.dirname, '../../dist/cli.js');

/** A project of its own whose task says where it is and then waits for good. */
function project() {
  const directory = makeHome();
  const env = { ...process.env, OTTO_HOME: join(directory, 'home'), OTTOFILE: '' };
  const script = 'OUTPUT[a]=1\n      echo "$$ $OTTO_RUN_DIR $' + '{OTTO_SHM_DIR:--}"\n      exec sleep 1000';
  writeFileSync(
    join(directory, 'otto.yml'),
    `tasks:\n  waits:\n    bash: |\n      ${script}\n  ends:\n    bash: OUTPUT[k]=v\n`,
  );
  const otto = (...args: string[]) =>
    execFileSync(process.execPath, [OTTO, ...args], { cwd: directory, env, encoding: 'utf8' });
  const runs = () => JSON.parse(otto('history', '--json')) as { run: string; result: string }[];
  return { directory, env, otto, runs };
}

/** Starts a run of the waiting task; gives what it said when it had begun. */
async function start({ directory, env }: ReturnType<typeof project>, ...options: string[]) {
  const args = [OTTO, 'run', ...options, 'waits'];
  const child = spawn(process.execPath, args, { cwd: directory, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const [, pid, runDirectory = '', shmDirectory = ''] = /(\d+) (\S+) (\S+)$/.exec(line) ?? [];
  onTestFinished(() => {
    child.kill('SIGKILL');
    if (isThere(Number(pid))) process.kill(Number(pid), 'SIGKILL');
  });
  const kill = async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return { runDirectory, shmDirectory, kill };
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("several cleans at once get in nobody's way", async () => {
  const { directory, env, runs } = project();
  for (let run = 0; run < 60; run++) writeRun(env.OTTO_HOME);
  const cleans = Array.from({ length: 4 }, () =>
    spawn(process.execPath, [OTTO, 'clean', '--all'], {
      cwd: dirname(directory),
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    }),
  );
  const ends = cleans.map(async (clean) => {
    const [said, [code]] = await Promise.all([text(clean.stderr), once(clean, 'exit')]);
    return [said, code];
  });
  expect(await Promise.all(ends)).toEqual(cleans.map(() => ['', 0]));
  expect(runs()).toEqual([]);
});

test('a run is running until otto is killed, then interrupted, and goes with clean --all', async () => {
  const here = project();
  here.otto('run', 'ends');
  const { kill, runDirectory } = await start(here);
  expect(here.runs().map(({ result }) => result)).toEqual(['running', 'succeeded']);
  expect(here.otto('clean', '--all')).toContain('removed 1 run');
  expect(existsSync(runDirectory)).toBe(true);
  await kill();
  expect(here.runs().map(({ result }) => result)).toEqual(['interrupted']);
  expect(here.otto('history', 'latest')).toContain('interrupted');
  expect(here.otto('clean', '--all')).toContain('removed 1 run');
  expect(existsSync(runDirectory)).toBe(false);
  expect(here.runs()).toEqual([]);
});

test('clean gives back the shared memory of a killed run, and spares that of a live one', async () => {
  const here = project();
  const [dead, alive] = [await start(here, '--fast'), await start(here, '--fast')];
  expect([dead, alive].map(({ shmDirectory }) => existsSync(shmDirectory))).toEqual([true, true]);
  await dead.kill();
  here.otto('clean');
  expect([dead, alive].map(({ shmDirectory }) => existsSync(shmDirectory))).toEqual([false, true]);
  await alive.kill();
  here.otto('clean');
  expect(existsSync(alive.shmDirectory)).toBe(false);
});

test('what a run left is in otto.db as soon as otto has ended', async () => {
  const here = project();
  here.otto('run', 'ends');
  const sql = 'SELECT tasks.name, key, bytes FROM "values" JOIN tasks ON tasks.id = task_id';
  expect(rowsOf(here.env.OTTO_HOME, await sqlite(), sql)).toEqual([{ name: 'ends', key: 'k', bytes: 1 }]);
  const [run] = here.runs();
  expect(run).toMatchObject({
    result: 'succeeded',
    store: 'files',
    command: ['otto', 'run', 'ends'],
    tasks: [{ name: 'ends', result: 'succeeded' }],
  });
  const shown = JSON.parse(here.otto('history', String(run?.run), '--json'));
  expect(shown.tasks[0].values).toMatchObject([{ key: 'k', type: 'string', bytes: 1 }]);
});
