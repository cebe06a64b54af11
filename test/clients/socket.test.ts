import { mkdtempSync, rmSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { loadNative } from '../../src/data/native-addon.ts';
import type { Store } from '../../src/data/store.ts';
import { createFilesStore } from '../../src/data/stores/files.ts';
import { createShmStore } from '../../src/data/stores/shm.ts';
import { SocketRig } from './socket-rig.ts';

const text = (buffer: Buffer): string => buffer.toString('latin1');
const ok = { end: 0, stderr: '' };

test('what the helpers and otto.set send arrives at every client, byte for byte', async () => {
  const rig = new SocketRig();
  const set = await rig.bash(
    'a',
    String.raw`
      otto-send word 'two words'; printf 'a\0b\n' | otto-send nul; otto-send empty ''; otto-send -- -k -v
      otto.set set $'x\n\n'; otto.set '$(touch ran)' '$(touch ran)'; printf '\377' | otto.set bad -
      head -c 3000000 /dev/zero | tr '\0' z | otto.set large -; otto.set long "$(head -c 200000 /dev/zero | tr '\0' y)"
      OUTPUT[last]=array`,
  );
  expect(set).toMatchObject(ok);
  const bash = await rig.bash(
    'b',
    [
      'otto-recv a nul | od -An -c; otto.get a.nul | od -An -c; otto.get a.bad | od -An -c; otto.get a.word',
      'echo "[${INPUT[a.set]}]"; otto-recv -- a -k; otto-recv a \'$(touch ran)\'; ls',
      'otto.get a.large | cksum; otto-recv a large | cksum; otto-recv a long | wc -c; otto-recv a last',
    ].join('\n'),
    ['a'],
  );
  expect(bash).toMatchObject(ok);
  expect(text(bash.stdout).replaceAll(/ +/g, ' ')).toBe(
    ' a \\0 b \\n\n a \\0 b \\n\n 377\ntwo words[x\n\n]\n-v$(touch ran)' +
      '2622507625 3000000\n2622507625 3000000\n200000\narray',
  );
  const node = await rig.node(
    'c',
    `console.log(JSON.stringify([INPUT['a.word'], INPUT['a.nul'], INPUT['a.empty'], INPUT['a.set'], INPUT['a.bad'], INPUT['a.-k']]));
     console.log(INPUT.view('a.large', { offset: 2999998, length: 9 }).length, INPUT.view('a.large').length, INPUT['a.long'].length);
     console.log(Object.keys(INPUT).length, INPUT.of('a').last)`,
    ['a'],
  );
  expect(node).toMatchObject(ok);
  expect(text(node.stdout)).toBe(
    '["two words","a\\u0000b\\n","","x\\n\\n",{"type":"Buffer","data":[255]},"-v"]\n2 3000000 200000\n10 array\n',
  );
});

test('a file is sent from where its descriptor stands to its end, also when it grows meanwhile', async () => {
  const rig = new SocketRig();
  const sent = await rig.bash(
    'a',
    `
      seq 700000 > f; seq 3 > small; same() { cmp <("$@") <(otto-recv a key) && echo same; }
      otto-send key < f; same cat f
      exec 4< f; dd bs=1 skip=3 count=0 <&4 2> /dev/null
      otto-send key <&4; same tail -c +4 f
      otto-send key < small; same cat small
      otto-send key < /proc/self/status; otto-recv a key | head -c 5; echo
      ( for i in {1..200}; do echo "more $i"; done >> f ) & otto-send key < f; wait
      otto-recv a key | cmp -n "$(otto-recv a key | wc -c)" - f && echo begins; otto-send key < f; same cat f`,
  );
  expect(sent).toMatchObject(ok);
  expect(text(sent.stdout)).toBe('same\nsame\nsame\nName:\nbegins\nsame\n');
});

test('what Node sets is there at once, for itself and everybody else, and what it deletes is gone', async () => {
  const rig = new SocketRig();
  const node = await rig.node(
    'a',
    `import { execFileSync } from 'node:child_process';
     const recv = (key) => execFileSync('otto-recv', ['a', key]).toString();
     OUTPUT.text = 'é\\0'; OUTPUT.list = [1, 2.5, null]; OUTPUT.bytes = Buffer.from([0, 255]); OUTPUT.gone = 1;
     OUTPUT.large = Buffer.alloc(5000001, 'q'); OUTPUT.empty = '';
     console.log(recv('list'), recv('text') === 'é\\0', execFileSync('otto-recv', ['a', 'large'], { maxBuffer: 1e8 }).length);
     delete OUTPUT.gone; OUTPUT.list.push(4);`,
  );
  expect(node).toMatchObject(ok);
  expect(text(node.stdout)).toBe('[1,2.5,null] true 5000001\n');
  const reader = await rig.node(
    'b',
    `const { list, bytes, large, gone, text, empty } = INPUT.of('a');
     console.log(JSON.stringify([list, bytes, large.length, large[5000000], gone ?? 'none', text, empty]));
     OUTPUT.passed = INPUT.view('a.large');`,
    ['a'],
  );
  expect(text(reader.stdout)).toBe(
    '[[1,2.5,null,4],{"type":"Buffer","data":[0,255]},5000001,113,"none","é\\u0000",""]\n'.replace(
      'é',
      '\xc3\xa9',
    ),
  );
  expect(text((await rig.bash('c', 'otto-recv b passed | wc -c', ['b'])).stdout)).toBe('5000001\n');
});

test('a connection that the script has closed, or whose number is a file by now, is made anew', async () => {
  const rig = new SocketRig();
  const node = await rig.node(
    'a',
    `import { closeSync, openSync, readdirSync, readlinkSync, fstatSync, readFileSync } from 'node:fs';
     OUTPUT.one = 1;
     for (const fd of readdirSync('/proc/self/fd').map(Number))
       try { if (fd > 2 && fstatSync(fd).isSocket()) { closeSync(fd); openSync('mine', 'w'); } } catch {}
     OUTPUT.two = 2;
     console.log(readFileSync('mine', 'utf8') === '');`,
  );
  expect(node).toMatchObject(ok);
  expect(text(node.stdout)).toBe('true\n');
  expect(text((await rig.bash('b', 'otto-recv a one; otto-recv a two', ['a'])).stdout)).toBe('12');
});

test('threads and child processes have connections of their own', async () => {
  const rig = new SocketRig();
  const node = await rig.node(
    'a',
    `import { Worker } from 'node:worker_threads';
     import { once } from 'node:events';
     OUTPUT.main = 0;
     await Promise.all(Array.from({ length: 4 }, async (_, i) => {
       const worker = new Worker('for (let n = 0; n < 50; n++) OUTPUT["w' + i + '-" + n] = n', { eval: true });
       const [code] = await once(worker, 'exit');
       if (code !== 0) throw new Error('worker ' + code);
     }));
     OUTPUT.end = 1;`,
  );
  expect(node).toMatchObject(ok);
  expect(Object.keys(JSON.parse(await outputOf(rig, 'a'))).length).toBe(202);
});

test('who waits gets a value before the task has ended, who follows every one of them', async () => {
  const rig = new SocketRig();
  const waiting = rig.bash(
    'reader',
    'otto-recv --wait a first; echo; otto-recv --follow a count | tail -n 1; otto-send got all',
  );
  const setting = rig.bash(
    'a',
    'otto-send first hello; for i in 1 2 3 4 5; do otto-send count $i; otto-send --progress $i/5 "step $i"; done',
  );
  expect(await setting).toMatchObject(ok);
  rig.run.end('a');
  expect(text((await waiting).stdout)).toBe('hello\n5\n');
  expect(rig.progress.at(-1)).toEqual(['a', { done: 5, total: 5, text: 'step 5' }]);
});

test('a socket that was removed, and an otto that has gone, are told in words', async () => {
  const rig = new SocketRig();
  const node = await rig.node(
    'a',
    `import { renameSync } from 'node:fs';
     OUTPUT.before = 1;
     renameSync(process.env.OTTO_SOCKET, process.env.OTTO_SOCKET + '.away');
     OUTPUT.same = 'connection';
     new (await import('node:worker_threads')).Worker('OUTPUT.x = 1', { eval: true }).on('error', (e) => console.log(e.message));`,
  );
  expect(text(node.stdout)).toMatch(
    /^OUTPUT\["x"\] cannot be kept in its store: cannot connect to .*: it is gone: otto has ended, or somebody has removed it\n$/,
  );
});

test('a task ended by kill -9 keeps what it has set', async () => {
  const rig = new SocketRig();
  expect((await rig.bash('a', 'otto-send k v; kill -9 $$')).end).toBe('SIGKILL');
  expect((await rig.node('n', 'OUTPUT.k = "v"; process.kill(process.pid, "SIGKILL")')).end).toBe('SIGKILL');
  expect(text((await rig.bash('b', 'otto-recv a k; otto-recv n k', ['a', 'n'])).stdout)).toBe('vv');
});

test('1000 values from ten processes at once are all there', async () => {
  const rig = new SocketRig();
  const set = await rig.bash(
    'a',
    'for p in {1..10}; do (for i in {1..100}; do otto-send "k$p-$i" "v$i" || exit 1; done) & done; for p in {1..10}; do wait -n || exit 1; done',
  );
  expect(set).toMatchObject(ok);
  const node = await rig.node('b', 'console.log(Object.values(INPUT).length, INPUT["a.k7-31"])', ['a']);
  expect(text(node.stdout)).toBe('1000 v31\n');
});

test('a task in shared memory or with files reads values of the socket store, and is read by it', async () => {
  const shmRoot = mkdtempSync('/dev/shm/otto-socket-test-');
  onTestFinished(() => rmSync(shmRoot, { recursive: true, force: true }));
  const open = (name: string, runDirectory: string): Store =>
    name === 'shm'
      ? createShmStore({ native: loadNative(), runDirectory, root: shmRoot })
      : createFilesStore(runDirectory);
  const stores: Record<string, 'shm' | 'files'> = { m: 'shm', f: 'files' };
  const rig = new SocketRig(open, ({ name }) => stores[name[0] ?? '']);
  const bytes = String.raw`printf 'a\0b' | otto.set nul -; OUTPUT[t]=`;
  await rig.bash('s', `${bytes}S`);
  await rig.bash('m', `${bytes}M`);
  await rig.bash('f', `${bytes}F`);
  const show =
    'for d in s m f; do [[ ${INPUT[$d.t]+x} ]] || continue; printf %s "$d${INPUT[$d.t]}"; otto.get "$d.nul" | wc -c; done';
  const read = async (name: string) => text((await rig.bash(name, show, ['s', 'm', 'f'])).stdout);
  expect(await read('s2')).toBe('sS3\nmM3\nfF3\n');
  expect(await read('m2')).toBe('sS3\nmM3\nfF3\n');
  expect(await read('f2')).toBe('sS3\nmM3\nfF3\n');
  const recv = await rig.bash('f3', 'otto-recv s t; otto-send k v', ['s']);
  expect(text(recv.stdout)).toBe('S');
  expect(recv).toMatchObject({ end: 2 });
});

async function outputOf(rig: SocketRig, task: string): Promise<string> {
  await rig.tasks.data.complete();
  return rig.tasks.output(task);
}
