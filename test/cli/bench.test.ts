import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { handPass, inRoom, PassFailed, runPass } from '../../src/measure/pass.ts';
import type { Recommendation } from '../../src/measure/recommend.ts';
import type { BenchResult } from '../../src/measure/result.ts';
import { WAYS } from '../../src/measure/ways/ways.ts';
import { startTicksOf } from '../../src/run/start-ticks.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const CLI = join(ROOT, 'dist', 'cli.js');

let root: string;
let scratch: string;
/** A name that a shell would take apart. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'otto-bench-test-'));
  scratch = join(root, `a "b' $(touch hit) c`);
  mkdirSync(scratch);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const environment = () => ({ ...process.env, OTTO_HOME: join(root, 'home'), OTTOFILE: '' });
const bench = (...words: string[]) =>
  spawnSync(process.execPath, [CLI, 'Bench', '--dir', scratch, ...words], {
    cwd: root,
    encoding: 'utf8',
    env: environment(),
  });
const pathOf = (program: string): string => spawnSync('which', [program], { encoding: 'utf8' }).stdout.trim();
const leftInMemory = (pid: number) =>
  existsSync('/dev/shm') ? readdirSync('/dev/shm').filter((name) => name.includes(`-${pid}-`)) : [];

test('every way is tried; what passes gives all numbers, what does not gives a reason', () => {
  const { stdout, stderr, pid } = bench('--quick', '--sizes', '16,1KiB', '--json');
  expect(stderr).toBe('');
  const result = JSON.parse(stdout) as BenchResult & { recommendation: Recommendation | null };
  const validate = new Ajv2020({ formats: { 'date-time': true }, allowUnionTypes: true }).compile(
    JSON.parse(readFileSync(join(ROOT, 'schema/bench.schema.json'), 'utf8')),
  );
  expect(validate(result), JSON.stringify(validate.errors)).toBe(true);
  expect(result.ways.map(({ name }) => name)).toEqual(WAYS.map(({ name }) => name));
  for (const { name, missing, loads } of result.ways) {
    if (missing !== null) {
      expect(missing, name).not.toBe('');
      continue;
    }
    for (const { otto } of loads) {
      expect(otto.refused, name).toBeNull();
      expect(otto.cost?.seconds.high).toBeGreaterThanOrEqual(otto.cost?.seconds.low as number);
    }
  }
  const files = result.ways.find(({ name }) => name === 'files');
  expect(files?.missing).toBeNull();
  expect(files?.loads.map(({ bytes, values }) => [bytes, values])).toEqual([
    [16, 30],
    [1024, 30],
  ]);
  expect(files?.loads[0]?.byHand.map(({ measured }) => measured.refused)).toContain(null);
  expect(readdirSync(scratch)).toEqual([]);
  expect(leftInMemory(pid)).toEqual([]);
  expect(existsSync(join(root, 'hit'))).toBe(false);
}, 300_000);

test('shows tables and a recommendation, and draws a chart', () => {
  const chart = join(root, 'chart.svg');
  const { stdout, status } = bench(
    ...['--quick', '--ways', 'env,files', '--sizes', '1KiB,256KiB', '--size', '200 KiB', '--chart', chart],
  );
  expect(status).toBe(0);
  expect(stdout).toMatch(/^medians of (?:1 round|[23] rounds); \d+ cores, /);
  expect(stdout).toMatch(/\n1 KiB, 30 values\nWAY .*RATIO.*\nfiles .*\nenv .*\n/);
  expect(stdout).toContain('\nnot measured\nenv, 256 KiB  a variable holds at most 128 KiB with its name\n');
  expect(stdout).toMatch(/\nfor these values: 1 value of 200 KiB\nfiles .*\n--store files: /);
  const svg = readFileSync(chart, 'utf8');
  expect(svg).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
  for (const words of ['>files<', '>env<', '>size of the value<', '>time per value<', '>256 KiB<'])
    expect(svg).toContain(words);
  expect(svg).not.toMatch(/NaN|undefined/);
}, 120_000);

test('measures the size that it is asked about, and the calls of every language', () => {
  const { stdout } = bench('--ways', 'files,stdin', '--sizes', '16', '--json');
  const { ways } = JSON.parse(stdout) as BenchResult;
  const [files, stdin] = ways;
  expect(files?.calls.map(({ language, measured }) => [language, measured.refused])).toEqual([
    ['bash', null],
    ['python', null],
    ['node', null],
  ]);
  expect(stdin?.calls).toEqual([]);
  const asked = bench('--quick', '--ways', 'stdin', '--size', '3KiB', '--json');
  const loads = (JSON.parse(asked.stdout) as BenchResult).ways[0]?.loads;
  expect(loads?.map(({ bytes }) => bytes)).toEqual([16, 1024, 3072]);
}, 120_000);

test('a tool that is not there is told in its place, and the rest is measured', () => {
  const bin = join(root, 'bin');
  mkdirSync(bin);
  for (const program of ['bash', 'cat', 'wc', 'sleep', 'env', 'node', 'python3', 'sh'])
    symlinkSync(pathOf(program), join(bin, program));
  const words = ['Bench', '--dir', scratch, '--quick', '--ways', 'files,socket,redis', '--sizes', '1KiB'];
  const { stdout, status } = spawnSync(process.execPath, [CLI, ...words], {
    cwd: root,
    encoding: 'utf8',
    env: { ...environment(), PATH: bin },
  });
  expect(status).toBe(0);
  expect(stdout).toMatch(/^socket .* socat: socat is not installed /m);
  expect(stdout).toMatch(/^files .* cat through a file: [\d.]+ /m);
  expect(stdout).toMatch(/^redis +otto: .*redis-server/m);
}, 120_000);

test('recommends for the values of the last run', () => {
  writeFileSync(join(root, 'otto.yml'), 'tasks: {a: {bash: "otto.set k 12345678; otto.set l 12"}}');
  spawnSync(process.execPath, [CLI, 'run', 'a'], { cwd: root, env: environment() });
  const { stdout } = bench('--quick', '--ways', 'files', '--sizes', '16');
  expect(stdout).toContain('\nfor values as in the last run: 2 values of 5 bytes\n');
}, 120_000);

test('a task named bench is what otto bench runs', () => {
  writeFileSync(join(root, 'otto.yml'), 'tasks: {bench: {bash: echo mine}}');
  const ran = spawnSync(process.execPath, [CLI, 'bench'], {
    cwd: root,
    encoding: 'utf8',
    env: environment(),
  });
  expect(ran.stdout).toBe('bench | mine\n');
});

/** Resolves when a pass goes on. */
async function measuring(): Promise<ReturnType<typeof spawn>> {
  const child = spawn(
    process.execPath,
    [CLI, 'bench', '--dir', scratch, '--ways', 'files', '--sizes', '1KiB'],
    {
      cwd: root,
      env: environment(),
      stdio: 'ignore',
    },
  );
  const isOn = () => readdirSync(scratch).some((name) => existsSync(join(scratch, name, 'room', 'home')));
  while (!isOn()) await new Promise((go) => setImmediate(go));
  return child;
}
const ended = (child: ReturnType<typeof spawn>) =>
  new Promise<number | null>((go) => child.once('close', (code) => go(code)));

test('Ctrl-C removes everything and exits with 130', async () => {
  const child = await measuring();
  const end = ended(child);
  child.kill('SIGINT');
  expect(await end).toBe(130);
  expect(readdirSync(scratch)).toEqual([]);
  expect(leftInMemory(child.pid as number)).toEqual([]);
}, 60_000);

test('after kill -9 the next one removes what the dead one left, and what it ran has ended', async () => {
  const child = await measuring();
  const end = ended(child);
  child.kill('SIGKILL');
  await end;
  const [left = ''] = readdirSync(scratch);
  expect(left).toContain(`-${child.pid}-`);
  const runsThere = () =>
    spawnSync('pgrep', ['-f', join(scratch, left).replace(/["'$()]/g, '.')], {
      encoding: 'utf8',
    }).stdout.trim();
  while (runsThere() !== '') await new Promise((go) => setImmediate(go));
  expect(bench('--quick', '--ways', 'files', '--sizes', '16').status).toBe(0);
  expect(readdirSync(scratch)).toEqual([]);
  expect(leftInMemory(child.pid as number)).toEqual([]);
}, 120_000);

test('what a pass leaves behind neither holds it up nor outlives it', async () => {
  const byHand = {
    name: 'leaves',
    programs: [],
    mostValues: 1,
    script: () => 'sleep 1000 &\necho "$!" > "$BENCH_SHM/../pid"\nexit 3\n',
  };
  const place = { directory: scratch, memory: scratch };
  const failed = await inRoom(place, (room) => {
    const load = { bytes: 1, values: 1 };
    const pass = { argv: handPass(byHand, load, room), load, watchMemory: false };
    return runPass(pass, { place, room, signal: new AbortController().signal }).catch((error) => error);
  });
  expect(failed).toBeInstanceOf(PassFailed);
  const pid = Number(readFileSync(join(scratch, 'pid'), 'utf8'));
  // Whoever adopts it has to collect it first.
  while (startTicksOf(pid) !== null) await new Promise((go) => setImmediate(go));
}, 60_000);
