import type { ShmRun } from '../../src/data/native.ts';
import { secondsPerCall } from '../measure/calls.ts';
import { type Contender, contender } from '../measure/interleave.ts';
import { measureRow } from '../measure/row.ts';
import type { Row } from '../result.ts';
import type { InProcessOrder } from './in-process.ts';
import { openLmdb, openSharedArray } from './in-process-rivals.ts';
import { sizeName } from './sizes.ts';

const KEY = 'large';

/** A large value's bytes, handed out again and again: what is measured is the handing out. */
export async function measureViews(order: InProcessOrder, run: ShmRun): Promise<Row> {
  const value = Buffer.alloc(order.bytes, 1);
  const region = run.createTask('views', []);
  region.setBytes(KEY, value);
  const lmdb = openLmdb(order.memory, 'binary');
  lmdb?.putSync(KEY, value);
  const array = openSharedArray(order.bytes);
  const map = new Map([[KEY, value]]);
  const viewed = (name: string, take: () => Uint8Array | null | undefined): Contender =>
    contender(name, () => secondsPerCall(() => checkLength(take(), order.bytes), order.quick ? 0.01 : 0.1));
  try {
    return await measureRow({
      work: `view of ${sizeName(order.bytes)} in process`,
      contenders: [
        viewed('otto view', () => region.view(KEY)),
        ...(lmdb ? [viewed('lmdb getBinaryFast', () => lmdb.getBinaryFast(KEY))] : []),
        ...(array ? [viewed('shm-typed-array get', () => array.reattach())] : []),
        viewed('Map get', () => map.get(KEY)),
      ],
      ours: ['otto view'],
      against: [{ subject: 'otto view', baseline: 'lmdb getBinaryFast' }],
      absent: {
        ...(lmdb ? {} : { 'lmdb getBinaryFast': 'not installed' }),
        ...(array ? {} : { 'shm-typed-array get': 'not installed' }),
      },
      rounds: order.callRounds,
    });
  } finally {
    run.removeTask('views');
    array?.destroy();
    await lmdb?.close();
  }
}

function checkLength(view: Uint8Array | null | undefined, bytes: number): void {
  if (view?.length !== bytes) throw new Error(`a view of ${view?.length} bytes instead of ${bytes}`);
}
