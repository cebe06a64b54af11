import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ShmRun } from '../../src/data/native.ts';
import { loadNative } from '../../src/data/native-addon.ts';
import { outputOf, timeCommand } from '../measure/command.ts';
import { type Contender, contender } from '../measure/interleave.ts';
import { fillFile, touchFreePages } from '../measure/pages.ts';
import { measureRow } from '../measure/row.ts';
import { GET, SET } from '../otto.ts';
import type { Row } from '../result.ts';
import { benchDirectory, findPackage } from '../rivals.ts';
import type { MeasurePart, Setting } from '../setting.ts';
import type { GrowthOrder } from './growth-child.ts';
import { sizeName } from './sizes.ts';

/** How cost grows: with the size of a value, with the number of keys, and with the number of processes that write. */
export const measureGrowth: MeasurePart = async (setting) => {
  const run = loadNative().createRun(`bench-growth-${process.pid}`);
  try {
    return {
      rows: [...(await bySize(setting, run)), ...byKeys(setting), ...(await byWriters(setting, run))],
      checks: [],
    };
  } finally {
    run.remove();
  }
};

const SIZES = [2 ** 10, 2 ** 14, 2 ** 18, 2 ** 20, 2 ** 22, 2 ** 24, 2 ** 26, 2 ** 28, 2 ** 30, 2 ** 32];

async function bySize(setting: Setting, run: ShmRun): Promise<Row[]> {
  const rows: Row[] = [];
  for (const bytes of SIZES.filter((size) => size <= Math.max(4 * setting.bytes, 2 ** 20)))
    rows.push(await sizeRow(setting, run, bytes));
  return rows;
}

function sizeRow(setting: Setting, run: ShmRun, bytes: number): Promise<Row> {
  const file = join(setting.memory, 'grown');
  const copy = join(setting.memory, 'copy');
  fillFile(file, bytes);
  run.removeTask('source');
  run.createTask('source', []).close();
  const env = { OTTO_STORE: 'shm', OTTO_SHM_DIR: run.directory, FILE: file, COPY: copy, SET, GET };
  const shell = (task: string, script: string): number =>
    timeCommand({ argv: ['bash', '-c', `set -o pipefail; ${script}`], env: { ...env, OTTO_TASK: task } });
  shell('source', '"$SET" large - < "$FILE"');
  const timed = (name: string, script: string): Contender =>
    contender(name, () => {
      rmSync(copy, { force: true });
      run.removeTask('sink');
      run.createTask('sink', ['source']).close();
      if (bytes >= 2 ** 26) touchFreePages(bytes);
      return shell('sink', script);
    });
  const [set, get] = ['cat f | otto-mmap-set data -', 'otto-mmap-get task data | cat > /dev/null'];
  const [copyByHand, readByHand] = ['cat f | cat > /dev/shm/o', 'cat f | cat > /dev/null'];
  return measureRow({
    work: `${sizeName(bytes)} through a pipe`,
    point: { curve: 'size', x: bytes },
    contenders: [
      timed(set, 'cat "$FILE" | "$SET" data -'),
      timed(copyByHand, 'cat "$FILE" | cat > "$COPY"'),
      timed(get, '"$GET" source large | cat > /dev/null'),
      timed(readByHand, 'cat "$FILE" | cat > /dev/null'),
    ],
    ours: [set, get],
    against: [],
    rounds: setting.rounds(bytes >= 2 ** 30 ? 5 : 9),
  });
}

const child = (order: GrowthOrder): string =>
  outputOf({
    argv: [
      process.execPath,
      join(benchDirectory, 'dist', 'parts', 'growth-child.mjs'),
      JSON.stringify(order),
    ],
  });

const KEYS = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000];

/** In a process of its own, for each number of keys: what a Map of a million keys leaves in the heap is nobody else's. */
function byKeys(setting: Setting): Row[] {
  if (findPackage('benchmark') === null) {
    setting.say('the package "benchmark" is not installed: keys are not measured (npm --prefix bench ci)');
    return [];
  }
  const counts = setting.quick ? KEYS.slice(0, 4) : KEYS;
  return counts.map((keys) => {
    const order: GrowthOrder = { kind: 'keys', keys, rounds: setting.rounds(7), memory: setting.memory };
    return JSON.parse(child(order)) as Row;
  });
}

const WRITERS = [1, 2, 4, 8];

async function byWriters(setting: Setting, run: ShmRun): Promise<Row[]> {
  const sets = setting.quick ? 500 : 200_000;
  const rows: Row[] = [];
  for (const writers of WRITERS) {
    const name = 'one 16-byte setString';
    const row = await measureRow({
      work: `${writers} processes write`,
      point: { curve: 'writers', x: writers },
      contenders: [contender(name, () => secondsPerSet({ run, writers, sets }))],
      ours: [name],
      against: [],
      rounds: setting.rounds(7),
    });
    rows.push(row);
  }
  return rows;
}

/** So much later than asked for all of them have started, one after the other on one processor. */
const STARTING_MS = 250;

interface WritersPlan {
  readonly run: ShmRun;
  readonly writers: number;
  readonly sets: number;
}

/** From the first writer's first set to the last one's last, divided by all sets: each reads the clock of the machine itself. */
function secondsPerSet({ run, writers, sets }: WritersPlan): number {
  run.removeTask('writers');
  run.createTask('writers', []).close();
  const startAt = String(process.hrtime.bigint() + BigInt(writers * STARTING_MS) * 1_000_000n);
  const order: GrowthOrder = { kind: 'writer', directory: join(run.directory, 'writers'), sets, startAt };
  const script = join(benchDirectory, 'dist', 'parts', 'growth-child.mjs');
  const start = 'for ((i = 0; i < WRITERS; i++)); do "$NODE" "$SCRIPT" "$ORDER" $i & done; wait';
  const text = outputOf({
    argv: ['bash', '-c', start],
    env: { WRITERS: String(writers), NODE: process.execPath, SCRIPT: script, ORDER: JSON.stringify(order) },
  });
  const spans = text
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number));
  const first = Math.min(...spans.map(([from = 0]) => from));
  const last = Math.max(...spans.map(([, to = 0]) => to));
  return (last - first) / 1e9 / (writers * sets);
}
