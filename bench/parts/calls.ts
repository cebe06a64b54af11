import type { Native, Region, ShmRun } from '../../src/data/native.ts';
import { loadNative } from '../../src/data/native-addon.ts';
import { secondsPerCall } from '../measure/calls.ts';
import { type Contender, contender } from '../measure/interleave.ts';
import { measureRow } from '../measure/row.ts';
import type { Goal, Row } from '../result.ts';
import type { InProcessOrder } from './in-process.ts';
import { type LmdbStore, openLmdb, openSharedArray, type SharedArray } from './in-process-rivals.ts';

/** Calls of one kind, over 64 keys, so that no engine can take the result out of the loop. */
const KEYS = Array.from({ length: 64 }, (_, index) => `key-${String(index).padStart(2, '0')}`);
const CALLS = KEYS.length;

interface Bed {
  readonly order: InProcessOrder;
  readonly run: ShmRun;
  readonly lmdb: LmdbStore | null;
  readonly array: SharedArray | null;
  readonly value: string;
}

export async function measureCalls(order: InProcessOrder, run: ShmRun): Promise<Row[]> {
  const lmdb = openLmdb(order.memory);
  const array = openSharedArray(CALLS * 1024);
  try {
    const rows: Row[] = [];
    for (const bytes of [16, 1024]) {
      const bed = { order, run, lmdb, array, value: 'v'.repeat(bytes) };
      rows.push(await getRow(bed), await putRow(bed));
    }
    return rows;
  } finally {
    array?.destroy();
    await lmdb?.close();
  }
}

const NOOP = 'empty N-API call';

type Call = (key: string, index: number) => unknown;

function measured(bed: Bed, name: string, call: Call): Contender {
  const batch = batchOf(name, call);
  return contender(name, () => secondsPerCall(batch, bed.order.quick ? 0.01 : 0.1) / CALLS);
}

/**
 * A loop of its own for every contender, compiled from its own text: in a shared one the engine could put no call in line, and
 * the cost of calling would hide how cheap the cheapest are.
 */
function batchOf(name: string, call: Call): () => unknown {
  const text = `// ${name}
    return () => {
      let last;
      for (let index = 0; index < keys.length; index++) last = call(keys[index], index);
      return last;
    };`;
  return new Function('call', 'keys', text)(call, KEYS) as () => unknown;
}

function emptyCall(bed: Bed): Contender {
  const { noop } = loadNative() as Native & { noop(): void };
  return measured(bed, NOOP, () => noop());
}

function freshRegion(bed: Bed): Region {
  bed.run.removeTask('calls');
  return bed.run.createTask('calls', []);
}

function getRow(bed: Bed): Promise<Row> {
  const { value, lmdb, array } = bed;
  const region = freshRegion(bed);
  const map = new Map(KEYS.map((key) => [key, value]));
  for (const [index, key] of KEYS.entries()) {
    region.setString(key, value);
    lmdb?.putSync(key, value);
    array?.write(index, value);
  }
  return callRow(bed, 'get', [
    measured(bed, 'otto getString', (key) => region.getString(key)),
    ...(lmdb ? [measured(bed, 'lmdb get', (key) => lmdb.get(key))] : []),
    ...(array
      ? [measured(bed, 'shm-typed-array, by position', (_, index) => array.read(index, value.length))]
      : []),
    measured(bed, 'Map get', (key) => map.get(key)),
  ]);
}

/** Each turn writes to a new region: what earlier ones overwrote would fill the memory. */
function putRow(bed: Bed): Promise<Row> {
  const { value, lmdb, array } = bed;
  const map = new Map<string, string>();
  const otto: Contender = {
    series: ['otto setString'],
    turn: () => {
      const region = freshRegion(bed);
      return measured(bed, 'otto setString', (key) => region.setString(key, value)).turn();
    },
  };
  return callRow(bed, 'put', [
    otto,
    ...(lmdb ? [measured(bed, 'lmdb putSync', (key) => lmdb.putSync(key, value))] : []),
    ...(array
      ? [measured(bed, 'shm-typed-array, by position', (_, index) => array.write(index, value))]
      : []),
    measured(bed, 'Map set', (key) => map.set(key, value)),
  ]);
}

interface CallGoals {
  readonly ours: string;
  readonly lmdb: string;
  readonly noop: Goal;
  readonly faster: Goal;
}

const goals: Readonly<Record<'get' | 'put', CallGoals>> = {
  get: {
    ours: 'otto getString',
    lmdb: 'lmdb get',
    noop: { kind: 'time-at-most', ratio: 9 },
    faster: { kind: 'speed-at-least', ratio: 3 },
  },
  put: {
    ours: 'otto setString',
    lmdb: 'lmdb putSync',
    noop: { kind: 'time-at-most', ratio: 17 },
    faster: { kind: 'speed-at-least', ratio: 30 },
  },
};

function callRow(bed: Bed, kind: 'get' | 'put', contenders: readonly Contender[]): Promise<Row> {
  const { ours, lmdb, noop, faster } = goals[kind];
  const promised = bed.value.length === 16;
  const absent = {
    ...(bed.lmdb ? {} : { [lmdb]: 'not installed' }),
    ...(bed.array ? {} : { 'shm-typed-array, by position': 'not installed' }),
  };
  return measureRow({
    work: `${kind} ${bed.value.length} bytes in process`,
    contenders: [emptyCall(bed), ...contenders],
    ours: [ours],
    against: [
      { subject: ours, baseline: NOOP, ...(promised ? { goal: noop } : {}) },
      { subject: ours, baseline: lmdb, ...(promised ? { goal: faster } : {}) },
    ],
    absent,
    rounds: bed.order.callRounds,
  });
}
