import { openSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { ProgramToSpawn } from '../../src/data/native.ts';
import { loadNative } from '../../src/data/native-addon.ts';
import { regionRig, runChild } from '../support/region-rig.ts';

/** Runs code that has `sh(script, onExit)`, which starts a shell through the addon. */
function withSpawn(code: string) {
  const prelude = `
    const output = require('node:fs').openSync('/dev/null', 'w');
    const common = { environment: ['PATH=/bin:/usr/bin'], directory: '/', stdout: output, stderr: output };
    const sh = (script, onExit) => load().spawn({ ...common, file: 'sh', args: ['sh', '-c', script] }, onExit);`;
  return runChild(`${prelude}${code}`, regionRig().root);
}

test('a process lives until its children have ended, and no longer', () => {
  const child = withSpawn(`
    sh('exit 3', (code) => {
      console.log('first', code);
      sh('exit 4', (next) => console.log('second', next));
    });`);
  expect(child).toMatchObject({ status: 0, stdout: 'first 3\nsecond 4\n', stderr: '' });
});

test('what is awaited in onExit goes on at once, and what it throws is uncaught', () => {
  const child = withSpawn(`
    process.on('uncaughtException', ({ message }) => console.log('uncaught', message));
    sh('true', () => {
      sh('true', () => Promise.resolve().then(() => console.log('microtask')));
      throw new Error('thrown');
    });`);
  expect(child).toMatchObject({ status: 0, stdout: 'uncaught thrown\nmicrotask\n', stderr: '' });
});

test('a thread that ends, or is ended, while children run leaves them alone', () => {
  const child = withSpawn(`
    const { Worker } = require('node:worker_threads');
    const source = \`
      const { parentPort, workerData } = require('node:worker_threads');
      const target = { exports: {} };
      process.dlopen(target, workerData.addon);
      const start = (script) => target.exports.spawn(
        { ...workerData.common, file: 'sh', args: ['sh', '-c', script] }, () => process.exit(9));
      parentPort.postMessage(Array.from({ length: 20 }, () => start('sleep 1000')));
      if (workerData.exits) process.exit(5);\`;
    const run = (exits) => new Promise((resolve) => {
      const worker = new Worker(source, { eval: true, workerData: { addon, common, exits } });
      worker.on('message', (pids) => {
        if (!exits) worker.terminate();
        worker.on('exit', (code) => {
          for (const pid of pids) process.kill(pid, 'SIGKILL');
          resolve(code);
        });
      });
    });
    Promise.all([run(true), run(false)]).then((codes) => console.log(codes.join()));`);
  expect(child).toMatchObject({ status: 0, stdout: '5,1\n', stderr: '' });
});

test('what is no program is refused', () => {
  const spawn = loadNative().spawn ?? expect.unreachable();
  const output = openSync('/dev/null', 'w');
  const good = {
    file: 'true',
    args: ['true'],
    environment: [],
    directory: '/',
    stdout: output,
    stderr: output,
  };
  const bad: readonly object[] = [
    {},
    { ...good, file: undefined },
    { ...good, file: 'tr\0ue' },
    { ...good, args: [1] },
    { ...good, args: 'true' },
    { ...good, environment: ['A=\0'] },
    { ...good, directory: '/\0' },
    { ...good, stdout: null },
  ];
  for (const program of bad) {
    expect(() => spawn(program as ProgramToSpawn, () => undefined)).toThrow(/strings without NUL/);
  }
  expect(spawn({ ...good, stdout: 1_000_000 }, () => undefined)).toBeLessThan(0);
});
