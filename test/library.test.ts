import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

/** A project in which npm has installed otto, with one run of its own. Gives what the program says, line by line. */
function runProgram(name: string, text: string, nodeOptions: readonly string[] = []): string[] {
  const project = makeProject();
  writeFileSync(join(project, name), text);
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [...nodeOptions, name], {
    cwd: project,
    encoding: 'utf8',
    env: { ...process.env, RUN: `library-${process.pid}-${Math.random()}` },
  });
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
  return stdout.split('\n').slice(0, -1);
}

function makeProject(): string {
  const project = mkdtempSync(join(tmpdir(), 'otto-library-'));
  onTestFinished(() => rmSync(project, { recursive: true }));
  mkdirSync(join(project, 'node_modules/@types'), { recursive: true });
  symlinkSync(ROOT, join(project, 'node_modules/otto'));
  for (const name of ['@types/node', 'undici-types'])
    symlinkSync(join(ROOT, 'node_modules', name), join(project, 'node_modules', name));
  return project;
}

const USE = `const run = createRun(process.env.RUN);
  const region = run.createTask('a', []);
  region.setString('k', 'v');
  console.log(Region.open(region.directory).getString('k'), openRegion(region.directory).path === region.path);
  run.remove();
  console.log(sweep('/nowhere').removedRuns.length, typeof checkRegion, layout.RECORD.key_bytes);`;
const NAMES = '{ checkRegion, createRun, layout, openRegion, Region, sweep }';

describe('the library is imported by', () => {
  test.each([
    ['ES modules', 'program.mjs', `import ${NAMES} from 'otto/shm';`],
    ['CommonJS', 'program.cjs', `const ${NAMES} = require('otto/shm');`],
    ['its main name', 'program.mjs', `import ${NAMES} from 'otto';`],
  ])('%s', (_, name, load) => {
    expect(runProgram(name, `${load}\n${USE}`)).toEqual(['v true', '0 function 32']);
  });
});

describe('its types', () => {
  const PROGRAM = `import { checkRegion, createRun, layout, openRegion, Region, sweep } from 'otto/shm';
    import type { NativeError, RegionCheck, RegionEntry, RunOptions, ShmRun, SweepReport, ValueType } from 'otto/shm';
    const options: RunOptions = { root: '/dev/shm/x', spillRoot: '/tmp/x', budgetBytes: 2 ** 30 };
    const run: ShmRun = createRun('r', options);
    const region: Region = run.createTask('t', ['a']);
    const opened: Region = Region.open(region.directory);
    const where: string | null = openRegion(region.directory).spillDirectory;
    const text: string | undefined = opened.getString('k');
    const view: Uint8Array | undefined = opened.view('k', { offset: 0, length: 1 });
    const done: boolean = opened.forward('k', region, 'k');
    const entries: readonly RegionEntry[] = opened.entries();
    const type: ValueType | undefined = entries[0]?.type;
    const check: RegionCheck = checkRegion(region.directory);
    const swept: SweepReport = sweep();
    const offset: number = layout.RECORD.key_bytes;
    const codeOf = (error: NativeError): string => error.code + (error.errno ?? '');
    export { check, codeOf, done, offset, swept, text, type, view, where };
    // @ts-expect-error a root is an option
    createRun('r', '/dev/shm/x');
    // @ts-expect-error values have a type
    region.setString('k', 1);
    `;
  test.each([
    ['program.mts', 'nodenext', 'nodenext'],
    ['program.cts', 'node16', 'node16'],
    ['program.ts', 'esnext', 'bundler'],
  ])('compile, without a look away: %s, module %s', (name, module, moduleResolution) => {
    const project = makeProject();
    writeFileSync(join(project, name), PROGRAM);
    const compilerOptions = {
      module,
      moduleResolution,
      target: 'es2022',
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      skipLibCheck: false,
      types: ['node'],
    };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [name] }));
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
    const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', '.'], {
      cwd: project,
      encoding: 'utf8',
    });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });
});

describe('workers of a cluster', () => {
  test('write to one region at once, and one that is killed loses nothing that it had set', () => {
    const lines = runProgram(
      'program.mjs',
      `import cluster from 'node:cluster';
       import { once } from 'node:events';
       import { createRun, Region } from 'otto/shm';
       if (cluster.isPrimary) {
         const run = createRun(process.env.RUN);
         const region = run.createTask('t', []);
         const ends = [];
         for (let id = 0; id < 4; id++) {
           const worker = cluster.fork({ REGION: region.directory, ID: id });
           if (id === 3) worker.once('message', () => process.kill(worker.process.pid, 'SIGKILL'));
           ends.push(once(worker, 'exit'));
         }
         console.log(...(await Promise.all(ends)).map(([code, signal]) => signal ?? code));
         const mine = (id) => region.entries().filter(({ key }) => key.startsWith(id + '-'));
         console.log(...[0, 1, 2].map((id) => mine(id).length));
         const torn = region.entries().filter(({ key }) => region.getString(key) !== key.repeat(20));
         console.log(torn.length, mine(3).length >= 5000);
         run.remove();
       } else {
         const region = Region.open(process.env.REGION);
         const set = (i) => region.setString(process.env.ID + '-' + i, (process.env.ID + '-' + i).repeat(20));
         for (let i = 0; i < 5000; i++) set(i);
         if (process.env.ID !== '3') process.exit();
         process.send('killed while it writes', () => {});
         const write = (from) => { for (let i = from; i < from + 100; i++) set(i); setImmediate(write, from + 100); };
         write(5000);
       }`,
    );
    expect(lines).toEqual(['0 0 0 SIGKILL', '5000 5000 5000', '0 true']);
  });
});

describe('threads', () => {
  test('see each other’s values, and views that were sent outlive the region, the run and the thread', () => {
    const lines = runProgram(
      'program.mjs',
      `import { once } from 'node:events';
       import { isMainThread, parentPort, threadId, Worker, workerData } from 'node:worker_threads';
       import { createRun, Region } from 'otto/shm';
       const all = (view, byte) => view.every((found) => found === byte);
       const KEYS = { small: 100, medium: 300_000, large: 3 * 2 ** 20 };
       const views = (region) => Object.keys(KEYS).map((key) => region.view(key));
       if (isMainThread) {
         const run = createRun(process.env.RUN);
         const region = run.createTask('t', []);
         for (const [key, bytes] of Object.entries(KEYS)) region.setBytes(key, Buffer.alloc(bytes, 5));
         const mine = views(region);
         const cloned = structuredClone(mine);
         const workers = [1, 2, 3].map(() => new Worker(new URL(import.meta.url), { workerData: region.directory }));
         const got = [];
         for (const worker of workers) {
           const ready = once(worker, 'message');
           worker.postMessage(mine);
           got.push(...(await ready)[0]);
         }
         console.log(workers.every((worker) => region.getString('thread ' + worker.threadId) === 'here'));
         region.close();
         run.remove();
         await Promise.all(workers.map((worker) => worker.terminate()));
         for (let i = 0; i < 5; i++) { gc(); await new Promise(setImmediate); }
         console.log(got.length, [...mine, ...cloned, ...got].every((view) => all(view, 5)));
       } else {
         const region = Region.open(workerData);
         region.setString('thread ' + threadId, 'here');
         parentPort.on('message', (received) => {
           const own = views(region);
           if (![...received, ...own].every((view) => all(view, 5))) throw new Error('other bytes');
           parentPort.postMessage([...received, ...own]);
         });
       }`,
      ['--expose-gc'],
    );
    expect(lines).toEqual(['true', '18 true']);
  });

  test('that end while they view and write take nothing with them', () => {
    const lines = runProgram(
      'program.mjs',
      `import { once } from 'node:events';
       import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
       import { createRun, Region } from 'otto/shm';
       if (isMainThread) {
         const run = createRun(process.env.RUN);
         const region = run.createTask('t', []);
         region.setBytes('value', Buffer.alloc(70_000, 1));
         for (let round = 0; round < 6; round++) {
           const worker = new Worker(new URL(import.meta.url), { workerData: region.directory });
           await once(worker, 'message');
           await worker.terminate();
         }
         console.log(region.view('value').every((byte) => byte === region.view('value')[0]), region.has('count'));
         region.setString('after', 'works');
         console.log(region.getString('after'));
         run.remove();
       } else {
         const region = Region.open(workerData);
         const kept = [];
         for (let i = 0; i < 300; i++) {
           region.setBytes('value', Buffer.alloc(70_000, i));
           kept[i % 10] = region.view('value');
           region.setNumber('count', i);
           if (i === 20) parentPort.postMessage('busy');
         }
         parentPort.on('message', () => kept);
       }`,
    );
    expect(lines).toEqual(['true true', 'works']);
  });
});
