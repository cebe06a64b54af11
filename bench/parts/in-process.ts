import { join } from 'node:path';
import { outputOf } from '../measure/command.ts';
import type { Check, Row } from '../result.ts';
import { benchDirectory, findPackage } from '../rivals.ts';
import type { MeasurePart } from '../setting.ts';

/** What the measuring process is told. */
export interface InProcessOrder {
  readonly bytes: number;
  readonly memory: string;
  readonly disk: string;
  readonly quick: boolean;
  readonly callRounds: number;
  readonly flushRounds: number;
}

/** In a process of its own: its heap, its optimized code and its mappings touch no other part's numbers. */
export const measureInProcess: MeasurePart = async (setting) => {
  const order: InProcessOrder = {
    bytes: setting.bytes,
    memory: setting.memory,
    disk: setting.disk,
    quick: setting.quick,
    callRounds: setting.rounds(15),
    flushRounds: setting.rounds(9),
  };
  if (findPackage('benchmark') === null) {
    setting.say(
      'the package "benchmark" is not installed: calls and views are not measured (npm --prefix bench ci)',
    );
  }
  const child = join(benchDirectory, 'dist', 'parts', 'in-process-child.mjs');
  const text = outputOf({ argv: [process.execPath, child, JSON.stringify(order)] });
  return JSON.parse(text) as { rows: Row[]; checks: Check[] };
};
