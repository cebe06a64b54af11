import { expect, test } from 'vitest';
import { regionRig, runChild } from '../support/region-rig.ts';

const MIB = 2 ** 20;

test('a view shows the value that was there when it was made, also after the key is overwritten', () => {
  const rig = regionRig();
  const region = rig.createTask('a');
  for (const bytes of [16, 100_000, 2 * MIB]) {
    region.setBytes('k', Buffer.alloc(bytes, 1));
    const view = region.view('k');
    region.setBytes('k', Buffer.alloc(bytes, 2));
    expect(view?.length).toBe(bytes);
    expect(view?.every((byte) => byte === 1)).toBe(true);
    expect(region.view('k')?.every((byte) => byte === 2)).toBe(true);
  }
});

test('views stay good after close, after the run is removed, and after garbage collection', () => {
  const rig = regionRig();
  const region = rig.createTask('a');
  region.setBytes('small', Buffer.alloc(100, 7));
  region.setBytes('medium', Buffer.alloc(500_000, 7));
  region.setBytes('large', Buffer.alloc(8 * MIB, 7));
  const child = runChild(
    `let region = otto.openRegion(directory);
     const views = ['small', 'medium', 'large'].map((key) => region.view(key));
     const part = region.view('large', { offset: 5, length: 4 * 2 ** 20 });
     fs.rmSync(directory, { recursive: true });
     region.close();
     region = undefined;
     for (let i = 0; i < 5; i++) { gc(); otto.xxh128(Buffer.alloc(2 ** 20)); }
     console.log([...views, part].map((view) => view.every((byte) => byte === 7)).join());`,
    rig.directoryOf('a'),
    ['--expose-gc'],
  );
  expect(child).toMatchObject({ status: 0, stdout: 'true,true,true,true\n' });
});

test.each([
  ['in a file of its own', 4 * MIB, '.value'],
  ['in the region', 900_000, '/region'],
])('a view that JavaScript has dropped is unmapped: %s', (_, bytes, mapped) => {
  const rig = regionRig();
  rig.createTask('a').setBytes('k', Buffer.alloc(bytes, 1));
  const child = runChild(
    `const region = otto.openRegion(directory);
     const mappings = () => fs.readFileSync('/proc/self/maps', 'utf8').split('\\n').filter((line) => line.endsWith('${mapped}')).length;
     const turn = () => new Promise((resolve) => setImmediate(resolve));
     (async () => {
       const before = mappings();
       for (let i = 0; i < 100; i++) region.view('k', { offset: i, length: 2 ** 19 });
       const most = mappings();
       for (let i = 0; i < 50 && mappings() > before; i++) { gc(); await turn(); }
       console.log(most > before, mappings() - before);
     })();`,
    rig.directoryOf('a'),
    ['--expose-gc'],
  );
  expect(child).toMatchObject({ status: 0, stdout: 'true 0\n' });
});

test('values in the region are viewed without a copy from 64 KiB on, and more than can be mapped are copied', () => {
  const rig = regionRig();
  const region = rig.createTask('a');
  region.setBytes('small', Buffer.alloc(65_535, 3));
  region.setBytes('medium', Buffer.alloc(65_536 + 5000, 3));
  const child = runChild(
    `const region = otto.openRegion(directory);
     const mappings = () => fs.readFileSync('/proc/self/maps', 'utf8').split('\\n').filter((line) => line.endsWith('/region')).length;
     const before = mappings();
     region.view('small');
     const small = mappings() - before;
     const views = Array.from({ length: 5000 }, (_, offset) => region.view('medium', { offset, length: 65536 }));
     const medium = mappings() - before;
     console.log(small, medium, views.every((view) => view.length === 65536 && view[0] === 3 && view.at(-1) === 3));`,
    rig.directoryOf('a'),
  );
  expect(child).toMatchObject({ status: 0, stdout: '0 4096 true\n' });
});

test('a view that was to be moved elsewhere stays, and the next one is whole', () => {
  const rig = regionRig();
  const region = rig.createTask('a');
  for (const [key, bytes] of [
    ['medium', 100_000],
    ['large', 2 * MIB],
  ] as const) {
    region.setBytes(key, Buffer.alloc(bytes, 4));
    const view = region.view(key) as Uint8Array<ArrayBuffer>;
    const moved = structuredClone(view, { transfer: [view.buffer] });
    expect(moved.every((byte) => byte === 4)).toBe(true);
    expect(region.view(key)?.length).toBe(bytes);
    expect(region.view(key)?.every((byte) => byte === 4)).toBe(true);
  }
});

test('the same range asked for again is the same view, without another mapping', () => {
  const rig = regionRig();
  const region = rig.createTask('a');
  region.setBytes('k', Buffer.alloc(2 * MIB, 1));
  region.setBytes('medium', Buffer.alloc(100_000, 1));
  expect(region.view('k')).toBe(region.view('k'));
  expect(region.view('medium')).toBe(region.view('medium'));
  expect(region.view('k', { offset: 1, length: 9 })).not.toBe(region.view('k', { offset: 2, length: 9 }));
});

test('a view can be set as another value', () => {
  const rig = regionRig();
  const [from, to] = [rig.createTask('a'), rig.createTask('b')];
  from.setBytes('k', Buffer.alloc(3 * MIB, 5));
  to.setBytes('copy', from.view('k') ?? new Uint8Array());
  expect(to.getBytes('copy')?.equals(Buffer.alloc(3 * MIB, 5))).toBe(true);
});

test('a view survives being sent to a worker, and the worker being ended with views open', () => {
  const rig = regionRig();
  rig.createTask('a').setBytes('k', Buffer.alloc(2 * MIB, 9));
  const child = runChild(
    `const { Worker } = require('node:worker_threads');
     const region = otto.openRegion(directory);
     const view = region.view('k');
     const worker = new Worker(\`
       const { parentPort, workerData } = require('node:worker_threads');
       const target = { exports: {} };
       process.dlopen(target, workerData.addon);
       const own = target.exports.openRegion(workerData.directory).view('k');
       parentPort.on('message', (view) => parentPort.postMessage(view.every((byte, i) => byte === 9 && own[i] === 9)));
     \`, { eval: true, workerData: { directory, addon } });
     worker.postMessage(view);
     worker.once('message', async (same) => { await worker.terminate(); console.log(same, view[0]); });`,
    rig.directoryOf('a'),
  );
  expect(child).toMatchObject({ status: 0, stdout: 'true 9\n' });
});
