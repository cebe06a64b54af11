import type { StoreName } from '../../data/store.ts';
import {
  type ByHand,
  counted,
  given,
  heldValue,
  type Load,
  repeated,
  type Traits,
  type Way,
} from '../way.ts';

interface StorePlan {
  readonly name: StoreName;
  readonly title: string;
  readonly byHand: readonly ByHand[];
  readonly largestValue: string;
  readonly whileRunning: string;
}

/** Scripts do not know the store: the same two tasks measure all of them. */
const store = ({ name, title, byHand, largestValue, whileRunning }: StorePlan): Way => ({
  name,
  kind: 'store',
  title,
  store: name,
  make: (load) => ({
    bash: `${heldValue(load)}stamp\n${repeated(load, given(load, 'otto.set "k$n" "$value"', 'otto.set "k$n" -'))}\n`,
  }),
  use: (load) => ({ bash: counted(repeated(load, 'otto.get "make.k$n"')) }),
  byHand,
  traits: { largestValue, types: 'all', whileRunning, kept: 'yes', readers: 'any number' } satisfies Traits,
});

/** A pass by hand: each value is put somewhere, and then each is taken from there. */
const putAndTake = (
  { name, programs = [], before = '' }: { name: string; programs?: readonly string[]; before?: string },
  put: (load: Load) => string,
  take: string,
): ByHand => ({
  name,
  programs,
  script: (load) =>
    `${before}${heldValue(load)}stamp\n${repeated(load, put(load))}\n${counted(repeated(load, take))}`,
});

const inFile = (name: string, before: string): ByHand =>
  putAndTake(
    { name, before },
    (load) => given(load, 'printf %s "$value" > "$at/k$n"', 'cat > "$at/k$n"'),
    'cat "$at/k$n"',
  );

/** At most so many characters are one word of a command line. */
const jq = putAndTake(
  { name: 'jq', programs: ['jq'], before: 'at=$PWD\n' },
  () => 'cat "$BENCH_VALUE" | jq -Rs "{k: .}" > "$at/k$n"',
  'jq -j .k "$at/k$n"',
);

/**
 * What is received is kept in a file, as a store would. The sender tries again until the receiver listens. Names are relative: socat reads quotes
 * and commas of a directory as syntax.
 */
const socat: ByHand = {
  name: 'socat',
  programs: ['socat'],
  script: (load) => `stamp
${repeated(
  load,
  'socat -u "UNIX-LISTEN:s$n" "CREATE:k$n" & cat "$BENCH_VALUE" | socat -u - "UNIX-CONNECT:s$n,retry=1000,interval=0.001"; wait "$!"',
)}
${counted(repeated(load, 'cat "k$n"'))}`,
};

const sqlite3 = {
  ...putAndTake(
    {
      name: 'sqlite3',
      programs: ['sqlite3'],
      before: "sqlite3 d 'PRAGMA journal_mode = WAL; CREATE TABLE t (k TEXT PRIMARY KEY, v)' > /dev/null\n",
    },
    // readfile() asks for the length first: it reads no pipes.
    () => 'cat "$BENCH_VALUE" > v; sqlite3 d "INSERT INTO t VALUES (\'k$n\', readfile(\'v\'))"',
    'sqlite3 d "SELECT writefile(\'/dev/stdout\', v) FROM t WHERE k = \'k$n\'" 2>/dev/null | head -c "$BENCH_BYTES"',
  ),
  refuses: ({ bytes }: Load) =>
    bytes > 1_000_000_000 ? 'SQLite holds at most 1,000,000,000 bytes in a value' : null,
};

const redisCli = {
  ...putAndTake(
    {
      name: 'redis-cli',
      programs: ['redis-server', 'redis-cli'],
      before: `redis-server --port 0 --unixsocket "$PWD/r" --save '' --dir "$PWD" > redis.log & server=$!
until redis-cli -s r PING > /dev/null 2>&1; do kill -0 "$server"; done
trap 'kill "$server"; wait "$server"' EXIT\n`,
    },
    (load) =>
      given(load, 'redis-cli -s r SET "k$n" "$value" > /dev/null', 'redis-cli -s r -x SET "k$n" > /dev/null'),
    'redis-cli -s r --raw GET "k$n" | head -c "$BENCH_BYTES"',
  ),
  refuses: ({ bytes }: Load) => (bytes > 512 * 2 ** 20 ? 'Redis holds at most 512 MiB in a value' : null),
};

export const STORE_WAYS: readonly Way[] = [
  store({
    name: 'files',
    title: 'files (default)',
    byHand: [inFile('cat through a file', 'at=$PWD\n'), jq],
    largestValue: 'the disk',
    whileRunning: 'no',
  }),
  store({
    name: 'shm',
    title: 'shared memory (--fast)',
    byHand: [inFile('cat through /dev/shm', 'at=$BENCH_SHM\n')],
    largestValue: 'memory, then the disk',
    whileRunning: 'no',
  }),
  store({
    name: 'socket',
    title: 'Unix socket',
    byHand: [socat],
    largestValue: 'the disk',
    whileRunning: 'otto-recv --wait, --follow',
  }),
  store({
    name: 'sqlite',
    title: 'SQLite',
    byHand: [sqlite3],
    largestValue: 'the disk',
    whileRunning: 'otto-recv --wait, --follow; queries by hand',
  }),
  store({
    name: 'redis',
    title: 'Redis',
    byHand: [redisCli],
    largestValue: 'memory',
    whileRunning: 'otto-recv --wait, --follow; every command of Redis',
  }),
];
