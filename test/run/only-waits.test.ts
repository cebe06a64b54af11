import { expect, test } from 'vitest';
import { onlyWaits, parseProcess, type SeenProcess } from '../../src/run/only-waits.ts';

const OTTO = 10;

const seen = (pid: number, parent: number, changes: Partial<SeenProcess> = {}): SeenProcess => ({
  pid,
  parent,
  session: 20,
  isAsleep: true,
  threads: 1,
  ...changes,
});

/** 20 is the task's bash, 21 its client. */
const ASK = {
  otto: OTTO,
  sleepsIn: (_pid: number) => 'do_wait',
  descriptors: (_pid: number): readonly string[] => ['pipe:[1]'],
};

const shell = seen(20, OTTO);
const client = seen(21, 20);

test.each<[string, boolean, readonly SeenProcess[], readonly number[]]>([
  ['a shell that waits for its client', true, [shell, client], [21]],
  ['a shell that is the client', true, [shell], [20]],
  ['two clients at once', true, [shell, client, seen(22, 20)], [21, 22]],
  ['a client below a subshell', true, [shell, seen(22, 20), seen(21, 22)], [21]],
  ['another process beside the client', false, [shell, client, seen(22, 20)], [21]],
  ['one that has lost its parent', false, [shell, client, seen(22, 1)], [21]],
  ['one in a session of its own', false, [shell, client, seen(22, 20, { session: 22 })], [21]],
  ['a shell that computes', false, [{ ...shell, isAsleep: false }, client], [21]],
  ['a client that computes', false, [shell, { ...client, isAsleep: false }], [21]],
  ['a client with threads', false, [shell, { ...client, threads: 2 }], [21]],
  ['processes of others', true, [shell, client, seen(30, 1, { session: 30, isAsleep: false })], [21]],
  ['a client that is no process of this otto', false, [seen(20, 1), client], [21]],
  ['a client that nobody sees', false, [shell, client], [21, 0]],
  ['no client', false, [shell], []],
])('%s: %s', (_, expected, processes, clients) => {
  expect(onlyWaits(processes, new Set(clients), ASK)).toBe(expected);
});

test.each<[string, boolean, Readonly<Record<number, readonly string[]>>]>([
  ['what the client prints', true, { 20: ['pipe:[1]', 'pipe:[5]'], 21: ['pipe:[5]'] }],
  ['another pipe', false, { 20: ['pipe:[1]', 'pipe:[6]'], 21: ['pipe:[1]'] }],
  ['another pipe, the client prints to a file', false, { 20: ['pipe:[1]', 'pipe:[6]'], 21: ['/tmp/x'] }],
])('a shell that reads %s: %s', (_, expected, descriptors) => {
  const look = {
    otto: OTTO,
    sleepsIn: () => 'anon_pipe_read',
    descriptors: (pid: number) => descriptors[pid] ?? [],
  };
  expect(onlyWaits([shell, client], new Set([21]), look)).toBe(expected);
});

test('a shell that sleeps elsewhere goes on', () => {
  expect(onlyWaits([shell, client], new Set([21]), { ...ASK, sleepsIn: () => 'do_select' })).toBe(false);
});

test('a process is read from what the kernel writes', () => {
  const rest = '4194560 1 0 0 0 0 0 0 0 20 0 3 0 98765 1';
  expect(parseProcess(`7 (a) S (b) S 5 7 7 0 -1 ${rest}`)).toMatchObject([
    { pid: 7, parent: 5, session: 7, isAsleep: true, threads: 3 },
  ]);
  expect(parseProcess('')).toEqual([]);
});
