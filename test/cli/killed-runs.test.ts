import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CLI, Project } from './project.ts';

/** Runs with --fast that end by SIGKILL, and who may remove what they leave. `scripts/kill-runs.sh` does the same 1000 times. */

const OTTOFILE = `
tasks:
  gate: {bash: 'read -r line < gate; OUTPUT[line]=$line'}
  after: {before: [gate], bash: 'echo "after \${INPUT[gate.line]}"'}
  die:
    bash: |
      otto.set small value
      head -c 3000000 /dev/zero | otto.set large -
      kill -9 $PPID
      sleep 0.2
  grandchild:
    bash: |
      setsid bash -c 'echo $$ > survivor; while [ ! -e stop ]; do otto-mmap-set key value || echo failed >> survivor.log; done' \\
        > /dev/null 2>&1 &
      while [ ! -s survivor ]; do :; done
      kill -9 $PPID
  next: {bash: echo next}
`;

const ROOT = `/dev/shm/otto-${process.getuid?.() ?? 0}`;
const inMemory = (): string[] => (existsSync(ROOT) ? readdirSync(ROOT) : []);

/** A run that waits in the task `gate` until somebody writes a line into the pipe of that name. */
class LiveRun implements AsyncDisposable {
  #stdout = '';
  readonly #process: ChildProcess;
  private readonly project: Project;

  private constructor(project: Project, process: ChildProcess) {
    this.project = project;
    this.#process = process;
    process.stdout?.on('data', (chunk: Buffer) => {
      this.#stdout += chunk.toString();
    });
  }

  static async start(project: Project, wrapper: readonly string[] = []): Promise<LiveRun> {
    spawnSync('mkfifo', [project.path('gate')]);
    const before = new Set(inMemory());
    const [file = '', ...args] = [...wrapper, process.execPath, CLI, 'run', '--fast', 'after'];
    const child = spawn(file, args, {
      cwd: project.directory,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, OTTO_HOME: project.home },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const run = new LiveRun(project, child);
    const isThere = (): boolean =>
      inMemory().some((name) => !before.has(name) && existsSync(join(ROOT, name, 'gate/region')));
    while (child.exitCode === null && !isThere()) await new Promise((resolve) => setImmediate(resolve));
    return run;
  }

  /** Lets it go on, and gives what it printed and its exit code. */
  async finish(): Promise<{ readonly code: number | null; readonly stdout: string }> {
    const closed = once(this.#process, 'close');
    writeFileSync(this.project.path('gate'), 'open\n');
    const [code] = await closed;
    return { code, stdout: this.#stdout };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null) this.#process.kill('SIGKILL');
  }
}

/** Starts a run and kills it with SIGKILL after a random number of milliseconds. */
async function killSomewhere(project: Project, ms: number): Promise<void> {
  const child = spawn(process.execPath, [CLI, 'run', '--fast', 'die'], {
    cwd: project.directory,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, OTTO_HOME: project.home },
    stdio: 'ignore',
    detached: true,
  });
  const closed = once(child, 'close');
  const timer = setTimeout(() => child.kill('SIGKILL'), ms);
  await closed;
  clearTimeout(timer);
}

test('runs killed at any moment leave nothing after the next ones, also when several sweep at once', async () => {
  using project = new Project({ 'otto.yml': OTTOFILE });
  await using live = await LiveRun.start(project);
  const mine = inMemory();
  for (let round = 0; round < 12; round++) await killSomewhere(project, 20 + Math.random() * 200);
  const sweepers = Array.from({ length: 4 }, () => once(project.start(['run', '--fast', 'next']), 'close'));
  expect((await Promise.all(sweepers)).map(([code]) => code)).toEqual([0, 0, 0, 0]);
  const folder = readdirSync(project.home).find((name) => /-[0-9a-f]{8}$/.test(name)) ?? '';
  const runs = readdirSync(join(project.home, folder)).filter((name) => name !== 'latest');
  expect(runs.length).toBeGreaterThan(5);
  // Names in shared memory begin with those in history; what other tests do there at the same time is theirs.
  const left = [...inMemory(), ...readdirSync(join(project.home, 'spill'))].filter((name) =>
    runs.some((run) => name.includes(run)),
  );
  expect(left.filter((name) => !mine.includes(name))).toEqual([]);
  expect(await live.finish()).toMatchObject({ code: 0, stdout: expect.stringContaining('after open') });
});

describe('a live run is spared', () => {
  test('in another pid namespace, where its pid means somebody else', async () => {
    using project = new Project({ 'otto.yml': OTTOFILE });
    await using live = await LiveRun.start(project, ['unshare', '--pid', '--fork', '--mount-proc']);
    expect(project.otto(['run', '--fast', 'next']).code).toBe(0);
    expect(project.otto(['clean']).code).toBe(0);
    expect(await live.finish()).toMatchObject({ code: 0, stdout: expect.stringContaining('after open') });
  });

  test('of another user, whose directory is not even looked at', () => {
    using project = new Project({ 'otto.yml': OTTOFILE });
    const other = '/dev/shm/otto-65534';
    const prepare = `mount -t tmpfs tmpfs /dev/shm; mkdir -m 700 ${other} ${other}/run; chown -R 65534 ${other}; ls -lR ${other} > before`;
    const script = `set -e; ${prepare}; "$@"; ls -lR ${other} > after`;
    const { status } = spawnSync(
      'unshare',
      ['-m', 'bash', '-c', script, '-', process.execPath, CLI, 'clean'],
      {
        cwd: project.directory,
        env: { PATH: process.env.PATH, HOME: process.env.HOME, OTTO_HOME: project.home },
      },
    );
    expect(status).toBe(0);
    expect(readFileSync(project.path('after'), 'utf8')).toBe(readFileSync(project.path('before'), 'utf8'));
  });
});

test('a process that outlives its killed run keeps nothing alive, and is not harmed', async () => {
  using project = new Project({ 'otto.yml': OTTOFILE });
  project.otto(['run', '--fast', 'grandchild']);
  const survivor = Number(readFileSync(project.path('survivor'), 'utf8'));
  const runs = spawnSync(
    'bash',
    ['-c', `tr '\\0' '\\n' < /proc/${survivor}/environ | sed -n 's/^OTTO_SHM_DIR=//p'`],
    {
      encoding: 'utf8',
    },
  ).stdout.trim();
  expect(existsSync(runs)).toBe(true);
  // Of another home: in the same one the next run would end it.
  const next = project.otto(['run', '--fast', 'next'], { env: { OTTO_HOME: project.path('other') } });
  expect(next.code).toBe(0);
  expect(existsSync(runs)).toBe(false);
  // It goes on, and is told that its region is gone.
  while (!existsSync(project.path('survivor.log'))) await new Promise((resolve) => setImmediate(resolve));
  expect(() => process.kill(survivor, 0)).not.toThrow();
  project.write('stop', '');
});
