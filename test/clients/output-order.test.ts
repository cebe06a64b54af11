import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { orderBashKeys } from '../../src/data/bash-order.ts';
import { HelperRig } from './helper-rig.ts';

const PIECES = [
  'a',
  'b',
  '1',
  '2',
  '10',
  '01',
  '007',
  ' ',
  '.',
  '"',
  "'",
  '\\',
  '$',
  '`',
  ']',
  '[',
  'é',
  '\ue000',
  '\u{10000}',
  '\ud7ff',
  '\ufffd',
];
const key = fc
  .array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 5 })
  .map((pieces) => pieces.join(''));
const spelled = fc.tuple(key, fc.constantFrom('', '"', "'", 'X', '$')).map(([text, quote]) => {
  if (quote === 'X') return `X_OUTPUT[${text}]`;
  if (quote === '$') return `OUTPUT["${text.replace(/["\\$`]/g, '\\$&')}"]`;
  return `OUTPUT[${quote}${text}${quote}]`;
});

/** The builtin orders what it sets by the same rule as the runner orders the files of the other store. */
test('OUTPUT has the same order in both stores, whatever the keys and the script', () => {
  const rig = new HelperRig();
  const cases = fc.sample(
    fc.record({
      keys: fc.uniqueArray(key, { minLength: 2, maxLength: 8 }),
      text: fc.array(spelled).map((all) => all.join('=; ')),
    }),
    { numRuns: 60, seed: 7 },
  );
  for (const [index, { keys, text }] of cases.entries()) {
    const prefix = `${index}/`;
    const script = text.replaceAll(/OUTPUT\[(["']?)/g, `OUTPUT[$1${prefix}`);
    const named = keys.map((name) => prefix + name);
    writeFileSync(join(rig.work, 'script.sh'), script);
    writeFileSync(join(rig.work, 'keys'), `${named.join('\0')}\0`);
    const { end, stderr } = rig.run(
      'builtin',
      'declare -A m; mapfile -t -d "" keys <keys; for k in "${keys[@]}"; do m[$k]=v; done; OTTO_TASK_DIR=$PWD otto-mmap-set -A m',
    );
    expect([end, stderr]).toEqual([0, '']);
    const order = Object.keys(rig.values()).filter((name) => name.startsWith(prefix));
    expect(order).toEqual(orderBashKeys(named, script));
  }
});
