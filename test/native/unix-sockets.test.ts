import { once } from 'node:events';
import { closeSync, fstatSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadNative } from '../../src/data/native-addon.ts';

const { connectUnix, peerPid, peerUid } = loadNative();

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'otto-test-unix-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

test('a descriptor of a connection writes to the server, and both know whose it is', async () => {
  const path = join(newDirectory(), 'socket');
  const server = createServer().listen(path);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const descriptor = connectUnix(path);
  const [socket] = (await once(server, 'connection')) as [Socket];
  expect(fstatSync(descriptor).isSocket()).toBe(true);
  expect(peerUid(descriptor)).toBe(process.geteuid?.());
  expect(peerPid(descriptor)).toBe(process.platform === 'linux' ? process.pid : 0);
  writeSync(descriptor, 'hello');
  expect(String((await once(socket, 'data'))[0])).toBe('hello');
  const ended = once(socket, 'end');
  closeSync(descriptor);
  await ended;
});

test('what cannot be connected to is named, with the reason', () => {
  const directory = newDirectory();
  writeFileSync(join(directory, 'file'), '');
  expect(() => connectUnix(join(directory, 'none'))).toThrow(/cannot connect to .*none: it is gone/);
  expect(() => connectUnix(join(directory, 'file'))).toThrow(
    /cannot connect to .*file: nobody listens there/,
  );
  expect(() => connectUnix(join(directory, 'x'.repeat(200)))).toThrow(/too long for a socket/);
  expect(() => connectUnix('a\0b')).toThrow(/without NUL/);
  expect(() => connectUnix(1 as never)).toThrow(TypeError);
});

test('what is no socket has nobody at its other end', () => {
  const file = openSync('/dev/null', 'r');
  onTestFinished(() => closeSync(file));
  expect(() => peerUid(file)).toThrow(/cannot ask who is at the other end/);
  expect(() => peerUid('0' as never)).toThrow(TypeError);
  expect(() => peerPid('0' as never)).toThrow(TypeError);
});
