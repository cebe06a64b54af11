import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addonPath } from '../../src/data/installation.ts';
import { loadNative } from '../../src/data/native-addon.ts';
import { sweepDeadRuns } from '../../src/data/region-lifecycle.ts';
import type { Store } from '../../src/data/store.ts';
import { createShmStore } from '../../src/data/stores/shm.ts';
import { records } from '../support/records.ts';
import { RunRig, taskName } from './run-rig.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync('/dev/shm/otto-lifecycle-');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const newStore = (): Store =>
  createShmStore({ native: loadNative(), runDirectory: '/project/2026-01-01', root });
const LARGE = Buffer.alloc(2 * 1024 * 1024, 'x');

describe('a task in shared memory', () => {
  let rig: RunRig;
  beforeEach(() => {
    rig = new RunRig({ store: newStore() });
  });
  afterEach(async () => {
    await rig.data.close();
    rig.remove();
    expect(readdirSync(root)).toEqual([]);
  });

  test('gets a private directory, and its clients are told where', async () => {
    await rig.run('dep', {}, { readers: 1 });
    const { environment, spool } = await rig.prepare('a', { dependencies: ['dep'] });
    expect(environment.OTTO_SHM_DIR).toMatch(new RegExp(`^${root}/2026-01-01-[0-9a-f]{8}$`));
    expect(spool).toBe(join(environment.OTTO_SHM_DIR ?? '', 'a'));
    expect(statSync(spool).mode & 0o777).toBe(0o700);
  });

  test('what bash left is taken in without copying files, and the rest of the spool is freed', async () => {
    const { spool } = await rig.prepare('a', { readers: 1 });
    writeFileSync(join(spool, '1-1.value'), LARGE, { mode: 0o644 });
    writeFileSync(join(spool, '1-2.value'), 'overwritten');
    writeFileSync(join(spool, 'journal'), records(['Sbig', '1-1.value'], ['Sk', '1-2.value'], ['sk', 'new']));
    writeFileSync(join(spool, 'outputs'), records(['sb', '2'], ['sa', '1']));
    const { ino } = statSync(join(spool, '1-1.value'));
    await rig.data.finish(taskName('a'));
    const files = readdirSync(spool).filter((name) => name.endsWith('.value'));
    expect(files.map((name) => statSync(join(spool, name)).ino)).toEqual([ino]);
    expect(readdirSync(spool)).not.toContain('outputs');
    await rig.data.complete();
    expect(Object.entries(JSON.parse(rig.output('a')))).toEqual([
      ['big', LARGE.toString()],
      ['k', 'new'],
      ['a', '1'],
      ['b', '2'],
    ]);
  });

  test('two keys may name the same spool file', async () => {
    await rig.run('a', { journal: records(['Sx', '1-1.value'], ['Sy', '1-1.value']), '1-1.value': LARGE });
    await rig.data.complete();
    expect(JSON.parse(rig.output('a'))).toEqual({ x: LARGE.toString(), y: LARGE.toString() });
  });

  test('its memory comes back when its last reader has ended and it is in history', async () => {
    const { spool } = await rig.prepare('a', { readers: 1 });
    writeFileSync(join(spool, 'journal'), records(['sk', 'v']));
    await rig.data.finish(taskName('a'));
    await rig.data.complete();
    expect(existsSync(spool)).toBe(true);
    rig.data.readerEnded(taskName('a'));
    await rig.data.complete();
    expect(existsSync(spool)).toBe(false);
    expect(rig.output('a')).toBe('{\n  "k": "v"\n}\n');
  });

  test('bad data fails this task only', async () => {
    await rig.prepare('bad');
    writeFileSync(join(rig.taskDirectory('bad'), '..', 'unrelated'), '');
    const { spool } = await rig.prepare('good');
    writeFileSync(join(spool, 'journal'), records(['sk', 'v']));
    rmSync(join(spool, '..', 'bad', 'region'));
    writeFileSync(join(spool, '..', 'bad', 'journal'), records(['Sk', '9-9.value']));
    await expect(rig.data.finish(taskName('bad'))).rejects.toMatchObject({
      failure: { kind: 'value', key: 'k' },
    });
    await rig.data.finish(taskName('good'));
    await rig.data.complete();
    expect(rig.output('good')).toBe('{\n  "k": "v"\n}\n');
  });

  test('close alone removes everything at once, twice as well', async () => {
    const { spool } = await rig.prepare('a');
    await rig.data.close();
    expect(existsSync(spool)).toBe(false);
    await rig.data.close();
  });
});

test('finish holds dependents back only while more than the budget waits to be written', async () => {
  const { promise: mayWrite, resolve: write } = withResolvers();
  const rig = new RunRig({
    store: newStore(),
    memoryBytes: 5,
    hasher: { hash: () => mayWrite.then(() => '00'), copyAndHash: () => Promise.reject(new Error('unused')) },
  });
  const order: string[] = [];
  await rig.run('within', { journal: records(['sk', '12345']) });
  const { spool } = await rig.prepare('above');
  writeFileSync(join(spool, 'journal'), records(['sk', '6']));
  const above = rig.data.finish(taskName('above')).then(() => order.push('above finished'));
  await rig.prepare('another');
  order.push('another prepared');
  write();
  await above;
  expect(order).toEqual(['another prepared', 'above finished']);
  expect(rig.kept.has('within')).toBe(true);
  await rig.data.complete();
  await rig.data.close();
  rig.remove();
});

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

describe('sweeping', () => {
  /** A runner in a process of its own, killed when it has made a run with a value. */
  async function killedRunner(): Promise<void> {
    const code = `
      const target = { exports: {} };
      process.dlopen(target, ${JSON.stringify(addonPath())});
      const run = target.exports.createRun('dead', { root: ${JSON.stringify(root)} });
      run.createTask('task', []).setBytes('k', Buffer.alloc(3_000_000));
      process.send('ready');
      setInterval(() => run.directory, 1000);`;
    const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    await once(child, 'message');
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  test('removes what a killed runner left and spares live runs', async () => {
    await killedRunner();
    const live = newStore();
    const { spool } = await live.open(taskName('a'), []);
    expect(readdirSync(root)).toContain('dead');
    const report = sweepDeadRuns(loadNative, root);
    expect(report?.removedRuns).toHaveLength(1);
    expect(report?.freedBytes).toBeGreaterThan(3_000_000);
    expect(readdirSync(root)).not.toContain('dead');
    expect(existsSync(spool)).toBe(true);
    await live.close();
    expect(readdirSync(root)).toEqual([]);
  });

  test('does not load the addon when there is nothing', () => {
    const never = (): never => {
      throw new Error('loaded');
    };
    expect(sweepDeadRuns(never, root)).toBeNull();
    expect(sweepDeadRuns(never, join(root, 'missing'))).toBeNull();
  });
});

test('all values of a region that could only be made on disk count as spilled', async () => {
  const options = {
    runDirectory: '/project/run',
    root: join(root, 'not', 'there'),
    spillRoot: join(root, 'spill'),
  };
  const store = createShmStore({ native: loadNative(), ...options });
  const { spool } = await store.open(taskName('t'), []);
  writeFileSync(join(spool, '1-1.value'), LARGE, { mode: 0o600 });
  writeFileSync(join(spool, 'journal'), records(['Sbig', '1-1.value'], ['sk', 'v']));
  const entries = await store.seal(taskName('t'), { scriptText: '' });
  expect(entries.map(({ key, onDisk }) => [key, onDisk])).toEqual([
    ['big', true],
    ['k', true],
  ]);
  await store.close();
});

test('a root that is a link to somewhere else is refused, naming it', () => {
  const [target, link] = [join(root, 'target'), join(root, 'link')];
  mkdirSync(target, { mode: 0o700 });
  symlinkSync(target, link);
  const open = (): Store =>
    createShmStore({ native: loadNative(), runDirectory: '/project/run', root: link });
  expect(open).toThrow(
    expect.objectContaining({ failure: expect.objectContaining({ kind: 'shm', path: link }) }),
  );
  expect(readdirSync(target)).toEqual([]);
});
