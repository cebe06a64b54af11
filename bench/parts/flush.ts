import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { loadNative } from '../../src/data/native-addon.ts';
import { timeCommand } from '../measure/command.ts';
import { type Contender, contender } from '../measure/interleave.ts';
import { fillFile, touchFreePages } from '../measure/pages.ts';
import { measureRow } from '../measure/row.ts';
import type { Row } from '../result.ts';
import type { InProcessOrder } from './in-process.ts';
import { sizeName } from './sizes.ts';

/** A value goes from shared memory into history: copied, hashed and checked for UTF-8 in one pass. */
export function measureFlush(order: InProcessOrder): Promise<Row> {
  const source = join(order.memory, 'flushed');
  const target = join(order.disk, 'flushed');
  fillFile(source, order.bytes);
  const written = (name: string, write: () => unknown): Contender =>
    contender(name, async () => {
      rmSync(target, { force: true });
      timeCommand({ argv: ['sync', '-f', order.disk] });
      touchFreePages(order.bytes);
      const started = process.hrtime.bigint();
      await write();
      return Number(process.hrtime.bigint() - started) / 1e9;
    });
  const [otto, write] = ['otto: copy, hash, check UTF-8', 'write(2), 1 MiB at a time'];
  return measureRow({
    work: `flush of ${sizeName(order.bytes)} to history on disk`,
    contenders: [
      written(otto, () => loadNative().copyAndHash(source, target)),
      written(write, () => fillFile(target, order.bytes)),
    ],
    ours: [otto],
    against: [{ subject: otto, baseline: write, goal: { kind: 'speed-at-least', ratio: 0.8 } }],
    rounds: order.flushRounds,
  });
}
