import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { tooOldServer } from '../../../src/data/redis/server-version.ts';

test.each([
  ['Redis server v=5.0.14 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64 build=1', '5.0.14'],
  ['Redis server v=3 sha=0', '3'],
  ['Redis server v=6.0.0 sha=0', null],
  ['Redis server v=10.2.1 sha=0', null],
  ['Valkey server v=8.0.1 sha=0', null],
  ['something else', null],
])('%s', (printed, old) => {
  expect(tooOldServer(printed)).toBe(old);
});

test('the redis-server of this machine is new enough', () => {
  expect(tooOldServer(execFileSync('redis-server', ['--version'], { encoding: 'utf8' }))).toBeNull();
});
