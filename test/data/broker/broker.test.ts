import { existsSync, lstatSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { TaskName } from '../../../src/base/task-name.ts';
import {
  BROKEN_OFF_CHUNK,
  chunkHead,
  decodeListed,
  encodeRequest,
  greeting,
} from '../../../src/data/broker/frames.ts';
import { removeSocketPlace } from '../../../src/data/broker/socket-place.ts';
import { bytesOf } from '../../../src/data/entry-bytes.ts';
import { RawClient, shownAnswer } from './client.ts';
import { BrokerRig } from './rig.ts';

const rigs: BrokerRig[] = [];
const newRig = (...options: ConstructorParameters<typeof BrokerRig>): BrokerRig => {
  const rig = new BrokerRig(...options);
  rigs.push(rig);
  return rig;
};
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.remove();
});

/** So many clients wait. */
const arrived = (rig: BrokerRig, count: number) => expect.poll(() => rig.run.asked.length).toBe(count);

const onTheWay = (rig: BrokerRig): string[] =>
  readdirSync(join(rig.directory, 'broker')).filter((name) => name.startsWith('value-'));

test('what a task sets, it and its dependents read, and history gets', async () => {
  const rig = newRig();
  const writer = await rig.enter('build');
  const large = Buffer.alloc(5_000_003, 'ab\0');
  expect(await writer.set('small', 'zwölf\n')).toEqual({ kind: 'ok' });
  await writer.set('empty', '');
  await writer.set('large', large, 'bytes');
  await writer.set('gone', 'x');
  expect(await writer.ask({ kind: 'delete', key: 'gone' })).toEqual({ kind: 'ok' });
  expect(await writer.read('build', 'small')).toBe('zwölf\n');
  const entries = await rig.seal('build');
  expect(entries.map(({ key, type, bytes }) => [key, type, bytes])).toEqual([
    ['small', 'raw', 7],
    ['empty', 'raw', 0],
    ['large', 'bytes', large.length],
  ]);
  expect((await bytesOf(entries[2] as (typeof entries)[0])).equals(large)).toBe(true);
  const reader = await rig.enter('use', ['build']);
  expect(await reader.read('build', 'small')).toBe('zwölf\n');
  expect(await reader.read('build', 'gone')).toBe('missing');
  const got = await reader.get('build', 'large');
  expect(got).toMatchObject({ kind: 'value', type: 'bytes', bytes: large.length, isBroken: false });
  expect(got?.kind === 'value' && got.body?.equals(large)).toBe(true);
  const list = await reader.ask({ kind: 'list', task: 'build' });
  expect(
    list?.kind === 'entries' && decodeListed(list.body ?? Buffer.alloc(0)).map(({ key }) => key),
  ).toEqual(['small', 'empty', 'large']);
  expect(onTheWay(rig)).toEqual([]);
});

test('a task reads only its dependencies and sets only its own, in words', async () => {
  const rig = newRig();
  await rig.enter('other');
  const client = await rig.enter('build', ['load']);
  const got = await client.get('other', 'k');
  expect(got).toMatchObject({ kind: 'error', code: 'refused' });
  expect(got?.kind === 'error' && got.text).toBe(
    '"other" is no dependency of "build" (it depends on "load"): a task reads the values of its dependencies',
  );
  expect(await client.read('nobody', 'k')).toBe('refused');
  expect(shownAnswer(await client.set('', 'v'))).toBe('refused');
  expect(shownAnswer(await client.set('k'.repeat(2049), 'v'))).toBe('refused');
  expect(shownAnswer(await client.set('k', 'v'))).toBe('ok');
  await expect(RawClient.enter(rig.broker.path, 'nobody')).rejects.toThrow('there is no task');
});

test('a task whose own values live elsewhere reads from here, and is told where it sets', async () => {
  const rig = newRig();
  await (await rig.enter('build')).set('k', 'v');
  await rig.seal('build');
  await rig.store.admit?.('reader' as TaskName, ['build' as TaskName]);
  const client = await rig.client('reader');
  expect(await client.read('build', 'k')).toBe('v');
  const got = await client.set('k', 'v');
  expect(got?.kind === 'error' && got.text).toBe(
    'the values of "reader" are in another store: set them with otto.set or OUTPUT',
  );
});

test('a task that has ended changes nothing any more, also when its SET had begun', async () => {
  const rig = newRig();
  const client = await rig.enter('build');
  await client.set('k', 'before');
  client.socket.write(encodeRequest({ kind: 'set', type: 'raw', key: 'k' }));
  client.socket.write(Buffer.concat([chunkHead(5), Buffer.from('after')]));
  const entries = await rig.seal('build');
  client.socket.write(chunkHead(0));
  expect(shownAnswer(await client.next())).toBe('ended');
  expect(shownAnswer(await client.set('new', 'x'))).toBe('ended');
  expect(shownAnswer(await client.ask({ kind: 'delete', key: 'k' }))).toBe('ended');
  expect(`${await bytesOf(entries[0] as (typeof entries)[0])}`).toBe('before');
});

test('a body that is broken off, or a client that dies in it, changes nothing', async () => {
  const rig = newRig();
  const client = await rig.enter('build');
  await client.set('k', 'old');
  client.socket.write(encodeRequest({ kind: 'set', type: 'raw', key: 'k' }));
  for (let turn = 0; turn < 3; turn++) {
    client.socket.write(chunkHead(1_000_000));
    client.socket.write(Buffer.alloc(1_000_000));
  }
  client.socket.write(BROKEN_OFF_CHUNK);
  expect(await client.read('build', 'k')).toBe('old');
  expect(onTheWay(rig)).toEqual([]);
  const dying = await rig.client('build');
  dying.socket.write(encodeRequest({ kind: 'set', type: 'raw', key: 'k' }));
  for (let turn = 0; turn < 3; turn++) {
    dying.socket.write(chunkHead(1_000_000));
    dying.socket.write(Buffer.alloc(1_000_000));
  }
  await new Promise((resolve) => dying.socket.write(chunkHead(77), resolve));
  dying.socket.destroy();
  await expect.poll(() => onTheWay(rig)).toEqual([]);
  expect(await client.read('build', 'k')).toBe('old');
});

test.each([
  ['bytes that are no greeting', Buffer.from('GET / HTTP/1.0\r\n\r\n'), 'closed'],
  [
    'a request before HELLO',
    Buffer.concat([greeting(), encodeRequest({ kind: 'delete', key: 'k' })]),
    'protocol',
  ],
  ['an unknown request', Buffer.concat([greeting(), Buffer.from([1, 0, 0, 0, 99])]), 'protocol'],
  ['another version', greeting(2), 'closed'],
])('%s ends the connection, and nobody else is disturbed', async (_, bytes, end) => {
  const rig = newRig();
  const other = await rig.enter('build');
  const client = new RawClient(rig.broker.path);
  client.socket.write(bytes);
  expect(shownAnswer(await client.next())).toBe(end);
  expect(await client.next()).toBeNull();
  expect(shownAnswer(await other.set('k', 'v'))).toBe('ok');
});

test('wait is answered as soon as there is a value, by a task that had not started', async () => {
  const rig = newRig();
  const asking = await rig.enter('watch');
  const waited = asking.read('build', 'port', 'wait');
  const writer = await rig.enter('build');
  await writer.set('other', 'x');
  await writer.set('port', '8080');
  expect(await waited).toBe('8080');
  expect(await asking.read('build', 'port', 'wait')).toBe('8080');
  expect(shownAnswer(await asking.set('mine', 'v'))).toBe('ok');
});

test('wait and follow end when the task does, with what bash leaves at its end', async () => {
  const rig = newRig();
  const asking = await rig.enter('watch');
  const never = await rig.client('watch');
  await rig.start('build');
  const waited = asking.read('build', 'late', 'wait');
  const vain = never.read('build', 'never', 'wait');
  await arrived(rig, 2);
  writeFileSync(join(rig.taskDirectory('build'), 'outputs'), '\0slate\0=at the end\0.');
  await rig.seal('build');
  await rig.store.release('build' as TaskName);
  rig.run.end('build');
  expect(await waited).toBe('at the end');
  expect(await vain).toBe('end');
});

test('a follower gets every later value, the last one once, and then the end', async () => {
  const rig = newRig();
  const asking = await rig.enter('watch');
  const writer = await rig.enter('build');
  const large = Buffer.alloc(300_000, 'x');
  const seen: string[] = [];
  asking.socket.write(encodeRequest({ kind: 'get', how: 'follow', task: 'build', key: 'k' }));
  await arrived(rig, 1);
  for (const value of ['1', '2', '2', large]) {
    await writer.set('k', value);
    seen.push(shownAnswer(await asking.next()).slice(0, 3));
  }
  await rig.seal('build');
  rig.run.end('build');
  seen.push(shownAnswer(await asking.next()));
  expect(seen).toEqual(['1', '2', '2', 'xxx', 'end']);
});

test('a follower that reads nothing meanwhile gets the last value', async () => {
  const rig = newRig();
  const asking = await rig.enter('watch');
  const writer = await rig.enter('build');
  asking.socket.write(encodeRequest({ kind: 'get', how: 'follow', task: 'build', key: 'k' }));
  await arrived(rig, 1);
  for (let turn = 0; turn <= 50; turn++) await writer.set('k', Buffer.alloc(300_000, `${turn};`));
  await rig.seal('build');
  rig.run.end('build');
  let last = '';
  for (let got = await asking.next(); got?.kind === 'value'; got = await asking.next())
    last = `${got.body}`.slice(0, 3);
  expect(last).toBe('50;');
});

test('waiting for what cannot come is refused, and who waits is told to the run', async () => {
  const rig = newRig();
  rig.run.stuck.add('later');
  const asking = await rig.enter('watch');
  const got = await asking.get('later', 'k', 'wait');
  expect(got?.kind === 'error' && [got.code, got.text]).toEqual([
    'deadlock',
    '"later" cannot start before "watch" has ended, so it would wait for ever: look whether "later" needs "watch", or let more tasks run at once (-j)',
  ]);
  expect(rig.run.asked).toEqual([new Map([['watch', new Set(['later'])]])]);
  expect(await asking.read('nobody', 'k', 'wait')).toBe('refused');
  expect(shownAnswer(await asking.set('k', 'v'))).toBe('ok');
});

test('a client that leaves while it waits is forgotten, and one that speaks meanwhile is sent away', async () => {
  const rig = newRig();
  const leaving = await rig.enter('watch');
  void leaving.get('build', 'k', 'wait');
  const speaking = await rig.client('watch');
  const ended = speaking.get('build', 'k', 'wait');
  speaking.socket.write(encodeRequest({ kind: 'delete', key: 'k' }));
  expect(shownAnswer(await ended)).toBe('protocol');
  leaving.close();
  await rig.store.close();
});

test('progress arrives, with and without a total', async () => {
  const rig = newRig();
  const client = await rig.enter('build');
  await client.ask({ kind: 'progress', done: 30, total: 100, text: 'half-way' });
  await client.ask({ kind: 'progress', done: 2, total: 0, text: '' });
  expect(rig.progress).toEqual([
    ['build', { done: 30, total: 100, text: 'half-way' }],
    ['build', { done: 2, total: null, text: '' }],
  ]);
});

test('a socket that a task has removed is there again when the next one starts, and the user is told', async () => {
  const rig = newRig();
  const before = await rig.enter('a');
  rmSync(rig.broker.path);
  await Promise.all([rig.start('b'), rig.start('c')]);
  expect(rig.store.takeNotices()).toEqual([{ kind: 'socket-removed', path: rig.broker.path }]);
  expect(shownAnswer(await (await rig.client('b')).set('k', 'v'))).toBe('ok');
  expect(shownAnswer(await before.set('k', 'v'))).toBe('ok');
  rmSync(dirname(rig.broker.path), { recursive: true });
  await rig.start('d');
  expect(shownAnswer(await (await rig.client('d')).set('k', Buffer.alloc(100_000)))).toBe('ok');
});

test('only its owner can come in', async () => {
  const rig = newRig();
  await rig.start('a');
  expect(statSync(rig.broker.path).mode & 0o777).toBe(0o600);
  expect(statSync(dirname(rig.broker.path)).mode & 0o777).toBe(0o700);
  const foreign = newRig('', () => (process.geteuid?.() ?? 0) + 1);
  await foreign.start('a');
  const client = new RawClient(foreign.broker.path);
  client.socket.write(greeting());
  expect(await client.next()).toBeNull();
});

test('a path too long for a socket is left for a private one, and nothing stays of either', async () => {
  const rig = newRig(join('x'.repeat(90), 'run'));
  const client = await rig.enter('a');
  const { path } = rig.broker;
  expect(Buffer.byteLength(path)).toBeLessThanOrEqual(100);
  expect(lstatSync(dirname(path)).mode & 0o777).toBe(0o700);
  expect(shownAnswer(await client.set('k', Buffer.alloc(100_000, 'y')))).toBe('ok');
  await rig.store.close();
  expect(existsSync(dirname(path))).toBe(false);
  expect(existsSync(join(rig.directory, 'broker'))).toBe(false);
  const killed = newRig(join('x'.repeat(90), 'run'));
  await killed.start('a');
  removeSocketPlace(killed.directory);
  expect(existsSync(dirname(killed.broker.path))).toBe(false);
});

test('a value that history holds by another name is sent from there while the spool is emptied', async () => {
  const rig = newRig();
  const writer = await rig.enter('build');
  await writer.set('large', Buffer.alloc(20_000_000, 'z'));
  const [entry] = await rig.seal('build');
  if (entry?.source.kind !== 'file') throw new Error('no file');
  expect(readFileSync(entry.source.path).length).toBe(20_000_000);
  const reader = await rig.enter('use', ['build']);
  const [got] = await Promise.all([reader.get('build', 'large'), rig.store.release('build' as TaskName)]);
  expect(got?.kind === 'value' ? got.body?.length : shownAnswer(got)).toSatisfy(
    (seen: unknown) => seen === 20_000_000 || seen === 'refused' || seen === 'failed',
  );
});
