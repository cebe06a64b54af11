import { loadNative } from '../../src/data/native-addon.ts';
import { secondsPerCall } from '../measure/calls.ts';
import { type Contender, contender } from '../measure/interleave.ts';
import { measureRow } from '../measure/row.ts';
import type { Row } from '../result.ts';
import { openLmdb } from './in-process-rivals.ts';

/** What a measuring process of part e is told. */
export type GrowthOrder =
  | { readonly kind: 'keys'; readonly keys: number; readonly rounds: number; readonly memory: string }
  | { readonly kind: 'writer'; readonly directory: string; readonly sets: number; readonly startAt: string };

const VALUE = 'v'.repeat(16);
const CALLS = 512;

/** Calls are spread over all keys, in an order that no cache foresees. */
async function measureKeys(order: GrowthOrder & { kind: 'keys' }): Promise<Row> {
  const names = Array.from({ length: order.keys }, (_, index) => `key-${index}`);
  const picked = Array.from(
    { length: CALLS },
    (_, call) => names[(call * 7_368_787) % names.length] as string,
  );
  const run = loadNative().createRun(`bench-keys-${process.pid}`);
  const lmdb = openLmdb(order.memory);
  const map = new Map<string, string>();
  try {
    const region = run.createTask('keys', []);
    for (const name of names) {
      region.setString(name, VALUE);
      lmdb?.putSync(name, VALUE);
      map.set(name, VALUE);
    }
    const timed = (name: string, call: (key: string) => unknown): Contender =>
      contender(name, () => secondsPerCall(() => picked.forEach(call), 0.05) / CALLS);
    return await measureRow({
      work: `${order.keys} keys`,
      point: { curve: 'keys', x: order.keys },
      contenders: [
        timed('otto getString', (key) => region.getString(key)),
        timed('otto setString', (key) => region.setString(key, VALUE)),
        ...(lmdb ? [timed('lmdb get', (key) => lmdb.get(key))] : []),
        timed('Map get', (key) => map.get(key)),
      ],
      ours: ['otto getString', 'otto setString'],
      against: [],
      absent: lmdb ? {} : { 'lmdb get': 'not installed' },
      rounds: order.rounds,
    });
  } finally {
    await lmdb?.close();
    run.remove();
  }
}

/** All writers begin at the same moment of the machine's monotonic clock. Prints when it began and ended, in nanoseconds. */
function write({ directory, sets, startAt }: GrowthOrder & { kind: 'writer' }, writer: string): string {
  const region = loadNative().openRegion(directory);
  const keys = Array.from({ length: sets }, (_, index) => `writer-${writer}-${index}`);
  const waitMs = Number(BigInt(startAt) - process.hrtime.bigint()) / 1e6;
  if (waitMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, waitMs);
  const began = process.hrtime.bigint();
  for (const key of keys) region.setString(key, VALUE);
  return `${began} ${process.hrtime.bigint()}\n`;
}

const order = JSON.parse(process.argv[2] ?? '') as GrowthOrder;
if (order.kind === 'keys') process.stdout.write(JSON.stringify(await measureKeys(order)));
else process.stdout.write(write(order, process.argv[3] ?? '0'));
