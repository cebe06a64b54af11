import { expect, test } from 'vitest';
import { regionRig, runChild } from '../support/region-rig.ts';

test('threads that write to one region at once lose nothing', () => {
  const rig = regionRig();
  const region = rig.createTask('a');
  const child = runChild(
    `const { Worker } = require('node:worker_threads');
     const source = \`
       const { workerData } = require('node:worker_threads');
       const target = { exports: {} };
       process.dlopen(target, workerData.addon);
       const region = target.exports.openRegion(workerData.directory);
       for (let i = 0; i < 2000; i++) {
         region.setString('own-' + workerData.id + '-' + i, 'v' + i);
         region.setString('shared', workerData.id + ':' + 'x'.repeat(i % 200));
         const [id, rest] = region.getString('shared').split(':');
         if (!(Number(id) < 4) || !/^x*$/.test(rest)) throw new Error('torn');
       }\`;
     const done = [0, 1, 2, 3].map((id) => new Promise((resolve, reject) =>
       new Worker(source, { eval: true, workerData: { id, directory, addon } }).on('exit', resolve).on('error', reject)));
     Promise.all(done).then((codes) => console.log(codes.join()));`,
    rig.directoryOf('a'),
  );
  expect(child).toMatchObject({ status: 0, stdout: '0,0,0,0\n' });
  const keys = new Set(region.entries().map((entry) => entry.key));
  expect(keys.size).toBe(4 * 2000 + 1);
  for (const id of [0, 1, 2, 3]) expect(region.getString(`own-${id}-1999`)).toBe('v1999');
});

test('processes that write to one region at once lose nothing', async () => {
  const rig = regionRig();
  const region = rig.createTask('a');
  const child = runChild(
    `const { fork } = require('node:child_process');
     const source = 'const t = { exports: {} }; process.dlopen(t, process.argv[1]); const r = t.exports.openRegion(process.argv[2]);' +
       'for (let i = 0; i < 2000; i++) r.setNumber(process.argv[3] + "-" + i, i);';
     const { spawn } = require('node:child_process');
     const done = ['a', 'b', 'c'].map((id) => new Promise((resolve) =>
       spawn(process.execPath, ['-e', source, addon, directory, id], { stdio: 'inherit' }).on('exit', resolve)));
     Promise.all(done).then((codes) => console.log(codes.join()));`,
    rig.directoryOf('a'),
  );
  expect(child).toMatchObject({ status: 0, stdout: '0,0,0\n', stderr: '' });
  expect(region.entries().length).toBe(6000);
});

test('the addon loads many times in one thread, and each load works', () => {
  const rig = regionRig();
  rig.createTask('a').setString('k', 'v');
  const child = runChild(
    `const values = Array.from({ length: 20 }, () => load().openRegion(directory).getString('k'));
     console.log(values.every((value) => value === 'v'));`,
    rig.directoryOf('a'),
  );
  expect(child).toMatchObject({ status: 0, stdout: 'true\n' });
});

test('a writer that is killed leaves whole values only', () => {
  const rig = regionRig();
  const region = rig.createTask('a');
  for (let round = 0; round < 5; round++) {
    const child = runChild(
      `const region = otto.openRegion(directory);
       for (let i = 0; ; i++) {
         region.setString('k' + (i % 50), i + ':' + 'x'.repeat(i % 5000) + '.');
         if (i === 3000 + 700 * ${round}) process.kill(process.pid, 'SIGKILL');
       }`,
      rig.directoryOf('a'),
    );
    expect(child.signal).toBe('SIGKILL');
    for (const { key } of region.entries()) expect(region.getString(key)).toMatch(/^\d+:x*\.$/);
  }
  region.setString('after', 'works');
  expect(region.getString('after')).toBe('works');
});
