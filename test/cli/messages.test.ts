import { expect, test } from 'vitest';
import type { Failure } from '../../src/base/failure.ts';
import type { TaskName } from '../../src/base/task-name.ts';
import { describeFailure, failureExitCode, showNames, showPath } from '../../src/cli/messages.ts';

const io: Failure = { kind: 'io', action: 'write', path: '/x/y', code: 'ENOSPC' };

test.each<[Failure, string, string | undefined]>([
  [{ kind: 'usage', message: 'no', hint: 'yes' }, 'no', 'yes'],
  [
    io,
    'cannot write /x/y: no space left on device (ENOSPC)',
    'make room there; "otto clean" removes old runs',
  ],
  [
    { ...io, code: 'EACCES' },
    'cannot write /x/y: permission denied (EACCES)',
    'check its permissions and its owner',
  ],
  [{ ...io, code: 'not valid JSON' }, 'cannot write /x/y: not valid JSON', undefined],
  [{ ...io, hint: 'own words' }, 'cannot write /x/y: no space left on device (ENOSPC)', 'own words'],
  [
    { kind: 'native-missing', what: 'the addon', detail: 'it has not been compiled' },
    'the addon is not there: it has not been compiled',
    'build it with "npm rebuild" in the directory of otto; without --fast everything works without it',
  ],
  [
    { kind: 'shm', action: 'open', path: '/dev/shm/r', detail: 'corrupt' },
    'shared memory: cannot open /dev/shm/r: corrupt',
    'without --fast values travel through files',
  ],
  [
    { kind: 'newer-version', path: '/h/otto.db', found: 3, known: 1 },
    '/h/otto.db has version 3; this otto knows up to 1',
    'use the otto that wrote it, or a newer one',
  ],
  [
    { kind: 'value', task: 'a' as TaskName, key: 'k\n', detail: 'too long' },
    'the value "k\\x0a" of task "a": too long',
    undefined,
  ],
  [
    { kind: 'store-unknown', name: 'shn', from: '--store', known: ['files', 'shm'] },
    '--store names the store "shn", which there is not',
    'did you mean "shm"? there are files, shm',
  ],
])('%j in words', (failure, message, hint) => {
  const words = describeFailure(failure);
  expect(words.message).toBe(message);
  expect(words.hint).toBe(hint);
});

test('what keeps anything from running is exit code 2, what fails later 1', () => {
  expect(failureExitCode(io, false)).toBe(2);
  expect(failureExitCode(io, true)).toBe(1);
  expect(failureExitCode({ kind: 'usage', message: '' }, true)).toBe(2);
});

test('paths below the current directory are shown as they would be typed', () => {
  expect(showPath(`${process.cwd()}/sub/otto.yml`)).toBe('sub/otto.yml');
  expect(showPath('/elsewhere/otto.yml')).toBe('/elsewhere/otto.yml');
  expect(showPath(process.cwd())).toBe('.');
});

test('of many names some are shown', () => {
  const names = Array.from({ length: 30 }, (_, i) => `t${i}`);
  expect(showNames(names)).toBe('t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, … (30 in all: otto list)');
});
