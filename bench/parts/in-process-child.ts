import type { ShmRun } from '../../src/data/native.ts';
import { loadNative } from '../../src/data/native-addon.ts';
import type { Row } from '../result.ts';
import { findPackage } from '../rivals.ts';
import { measureCalls } from './calls.ts';
import { measureFlush } from './flush.ts';
import type { InProcessOrder } from './in-process.ts';
import { measureViews } from './views.ts';

async function measure(order: InProcessOrder, run: ShmRun): Promise<Row[]> {
  const canCall = findPackage('benchmark') !== null;
  const calls = canCall ? [...(await measureCalls(order, run)), await measureViews(order, run)] : [];
  return [...calls, await measureFlush(order)];
}

const order = JSON.parse(process.argv[2] ?? '') as InProcessOrder;
const run = loadNative().createRun(`bench-${process.pid}`);
try {
  const rows = await measure(order, run);
  process.stdout.write(JSON.stringify({ rows, checks: [] }));
} finally {
  run.remove();
}
