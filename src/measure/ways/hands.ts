import { sizeWords } from '../../report/words.ts';
import { type ByHand, counted, given, heldValue, isSmall, type Load, repeated, tooSlow } from '../way.ts';
import { REDIS_VALUE_BYTES, SQLITE_VALUE_BYTES } from './limits.ts';

interface Hand extends Omit<ByHand, 'script'> {
  readonly before?: string;
  readonly put: (load: Load) => string;
  readonly take: (load: Load) => string;
}

/** A pass by hand: each value is put somewhere, and then each is taken from there. */
const putAndTake = ({ before = '', put, take, ...hand }: Hand): ByHand => ({
  ...hand,
  script: (load) =>
    `${before}${heldValue(load)}stamp\n${repeated(load, put(load))}\n${counted(repeated(load, take(load)))}`,
});

const inFile = (name: string, before: string): ByHand =>
  putAndTake({
    name,
    programs: [],
    mostValues: 100,
    before,
    put: (load) => given(load, 'printf %s "$value" > "$at/k$n"', 'cat > "$at/k$n"'),
    take: () => 'cat "$at/k$n"',
  });

export const CAT = inFile('cat through a file', 'at=$PWD\n');
export const CAT_IN_MEMORY = inFile('cat through /dev/shm', 'at=$BENCH_SHM\n');

export const JQ = putAndTake({
  name: 'jq',
  programs: ['jq'],
  mostValues: 5,
  // At most so many characters are one word of a command line.
  put: (load) => given(load, 'jq -n --arg k "$value" "{\\$k}" > "k$n"', 'jq -Rs "{k: .}" > "k$n"'),
  take: () => 'jq -j .k "k$n"',
  refuses: tooSlow,
});

const CONNECT = 'socat -u - "UNIX-CONNECT:s$n,retry=10000,interval=0.001"';
/**
 * What is received is kept in a file, as a store would. The sender tries again until the receiver listens. Names are relative: socat reads quotes
 * and commas of a directory as syntax.
 */
export const SOCAT = putAndTake({
  name: 'socat',
  programs: ['socat'],
  mostValues: 10,
  put: (load) =>
    `socat -u "UNIX-LISTEN:s$n" "CREATE:k$n" & ${isSmall(load) ? 'printf %s "$value"' : 'cat "$BENCH_VALUE"'} | ${CONNECT}; wait "$!"`,
  take: () => 'cat "k$n"',
});

/** Like otto's database: without waiting for the disk. readfile() asks for the length first, so it reads no pipes. */
export const SQLITE3: ByHand = putAndTake({
  name: 'sqlite3',
  programs: ['sqlite3'],
  mostValues: 10,
  addedBytes: 1,
  before: `sqlite3 d 'PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; CREATE TABLE t (k TEXT PRIMARY KEY, v)' > sqlite.log\n`,
  put: (load) =>
    isSmall(load)
      ? `sqlite3 -cmd 'PRAGMA synchronous = OFF' d "INSERT INTO t VALUES ('k$n', '$value')"`
      : `cat "$BENCH_VALUE" > "$BENCH_SHM/v"; sqlite3 -cmd 'PRAGMA synchronous = OFF' d "INSERT INTO t VALUES ('k$n', readfile('$BENCH_SHM/v'))"`,
  take: () => `sqlite3 d "SELECT v FROM t WHERE k = 'k$n'"`,
  refuses: ({ bytes }) =>
    bytes > SQLITE_VALUE_BYTES ? 'SQLite holds at most 1,000,000,000 bytes in a value' : null,
});

export const REDIS_CLI: ByHand = putAndTake({
  name: 'redis-cli',
  programs: ['redis-server', 'redis-cli'],
  mostValues: 10,
  addedBytes: 1,
  before: `redis-server --port 0 --unixsocket "$PWD/r" --save '' --dir "$PWD" > redis.log & server=$!
until redis-cli -s r PING > redis.log 2>&1; do kill -0 "$server"; done
trap 'kill "$server"; wait "$server"' EXIT\n`,
  put: (load) =>
    given(load, 'redis-cli -s r SET "k$n" "$value" > redis.log', 'redis-cli -s r -x SET "k$n" > redis.log'),
  take: () => 'redis-cli -s r --raw GET "k$n"',
  refuses: ({ bytes }) =>
    bytes > REDIS_VALUE_BYTES ? `Redis holds at most ${sizeWords(REDIS_VALUE_BYTES)} in a value` : null,
});
