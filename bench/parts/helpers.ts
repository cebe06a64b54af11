import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { bashBuiltinsPath } from '../../src/data/installation.ts';
import type { ShmRun } from '../../src/data/native.ts';
import { loadNative } from '../../src/data/native-addon.ts';
import { type Command, outputOf, timeCommand } from '../measure/command.ts';
import { type Contender, contender } from '../measure/interleave.ts';
import { fillFile, touchFreePages } from '../measure/pages.ts';
import { measureRow } from '../measure/row.ts';
import { GET, SET } from '../otto.ts';
import type { Row } from '../result.ts';
import type { MeasurePart, Setting } from '../setting.ts';
import { sizeName } from './sizes.ts';

/** A run with the tasks that the helpers write to (`sink`) and read from (`source`). */
interface Bed {
  readonly setting: Setting;
  readonly run: ShmRun;
  /** A large file in memory and the place of a copy of it. */
  readonly file: string;
  readonly copy: string;
}

export const measureHelpers: MeasurePart = async (setting) => {
  const run = loadNative().createRun(`bench-${process.pid}`);
  try {
    const bed = { setting, run, file: join(setting.memory, 'large'), copy: join(setting.memory, 'copy') };
    fillFile(bed.file, setting.bytes);
    run.createTask('source', []).close();
    timeCommand(shell(bed, 'source', '"$SET" large - < "$FILE"'));
    for (const size of [16, 1024]) timeCommand(shell(bed, 'source', `"$SET" ${size} ${'v'.repeat(size)}`));
    const rows = [
      await setFromPipe(bed),
      await setFromFile(bed),
      await getIntoPipe(bed),
      await smallValues(bed),
      ...(await insideBash(bed)),
    ];
    return { rows, checks: [] };
  } finally {
    run.remove();
  }
};

const shell = (bed: Bed, task: string, script: string): Command => ({
  argv: ['bash', '-c', `set -o pipefail; ${script}`],
  env: {
    LC_ALL: 'C',
    OTTO_STORE: 'shm',
    OTTO_TASK: task,
    OTTO_SHM_DIR: bed.run.directory,
    FILE: bed.file,
    COPY: bed.copy,
    SET,
    GET,
  },
});

/** Large work starts from the same memory: no older value, no older copy, pages that the host has given. */
function large(bed: Bed, name: string, script: string): Contender {
  return contender(name, () => {
    rmSync(bed.copy, { force: true });
    renewSink(bed);
    touchFreePages(bed.setting.bytes);
    return timeCommand(shell(bed, 'sink', script));
  });
}

function renewSink(bed: Bed): void {
  bed.run.removeTask('sink');
  bed.run.createTask('sink', ['source']).close();
}

const sized = (bed: Bed): string => sizeName(bed.setting.bytes);

function setFromPipe(bed: Bed): Promise<Row> {
  const [otto, cat] = ['cat f | otto-mmap-set data -', 'cat f | cat > /dev/shm/o'];
  return measureRow({
    work: `set ${sized(bed)} from a pipe`,
    contenders: [
      large(bed, otto, 'cat "$FILE" | "$SET" data -'),
      large(bed, cat, 'cat "$FILE" | cat > "$COPY"'),
    ],
    ours: [otto],
    against: [{ subject: otto, baseline: cat, goal: { kind: 'time-at-most', ratio: 0.8 } }],
    rounds: bed.setting.rounds(13),
  });
}

function setFromFile(bed: Bed): Promise<Row> {
  const [otto, cat] = ['otto-mmap-set data - < f', 'cat < f > /dev/shm/o'];
  return measureRow({
    work: `set ${sized(bed)} from a file in memory`,
    contenders: [large(bed, otto, '"$SET" data - < "$FILE"'), large(bed, cat, 'cat < "$FILE" > "$COPY"')],
    ours: [otto],
    against: [{ subject: otto, baseline: cat }],
    rounds: bed.setting.rounds(9),
  });
}

function getIntoPipe(bed: Bed): Promise<Row> {
  const [otto, cat] = ['otto-mmap-get task data | cat > /dev/null', 'cat f | cat > /dev/null'];
  return measureRow({
    work: `get ${sized(bed)} into a pipe`,
    contenders: [
      large(bed, otto, '"$GET" source large | cat > /dev/null'),
      large(bed, cat, 'cat "$FILE" | cat > /dev/null'),
    ],
    ours: [otto],
    against: [{ subject: otto, baseline: cat, goal: { kind: 'time-at-most', ratio: 0.45 } }],
    rounds: bed.setting.rounds(13),
  });
}

function smallValues(bed: Bed): Promise<Row> {
  const loops = bed.setting.quick ? 50 : 500;
  const spawned = (name: string, command: string): Contender =>
    contender(name, () => {
      renewSink(bed);
      return secondsPerCommand(bed, command, loops);
    });
  const ours = [16, 1024].flatMap((size) => [
    spawned(`otto-mmap-set KEY, ${size} bytes`, `"$SET" key ${'v'.repeat(size)}`),
    spawned(`otto-mmap-get KEY, ${size} bytes`, `"$GET" source ${size}`),
  ]);
  const names = ours.flatMap(({ series }) => series);
  return measureRow({
    work: 'set or get a small value: fork, exec and end',
    contenders: [spawned('/bin/true', '/bin/true'), ...ours],
    ours: names,
    against: names.map((subject) => ({
      subject,
      baseline: '/bin/true',
      goal: { kind: 'time-at-most', ratio: 1 },
    })),
    rounds: bed.setting.rounds(21),
  });
}

/** No process is started: bash has the helpers as builtins. No row where they were not built. */
async function insideBash(bed: Bed): Promise<Row[]> {
  const builtins = bashBuiltinsPath();
  if (builtins === null) {
    bed.setting.say('the bash builtins are not built (bash headers): not measured');
    return [];
  }
  const loops = bed.setting.quick ? 500 : 50_000;
  const inside = (name: string, command: string): Contender =>
    contender(name, () => {
      renewSink(bed);
      return secondsPerCommand(bed, command, loops, `enable -f "${builtins}" otto-mmap-get otto-mmap-set`);
    });
  const value = 'v'.repeat(16);
  const [print, set, get] = [
    'printf -v x %s VALUE',
    'otto-mmap-set KEY VALUE',
    'otto-mmap-get -v x TASK KEY',
  ];
  const row = await measureRow({
    work: 'set or get 16 bytes by bash builtins',
    contenders: [
      inside(print, `printf -v x %s ${value}`),
      inside(set, `otto-mmap-set key ${value}`),
      inside(get, 'otto-mmap-get -v x source 16'),
    ],
    ours: [set, get],
    against: [set, get].map((subject) => ({
      subject,
      baseline: print,
      goal: { kind: 'time-at-most', ratio: 1 },
    })),
    rounds: bed.setting.rounds(21),
  });
  return [row];
}

/** One bash runs the command `loops` times and reads the clock itself: its own start is not in the number. */
function secondsPerCommand(bed: Bed, command: string, loops: number, first = ':'): number {
  const loop = `for ((i = 0; i < ${loops}; i++)); do ${command} || exit 1; done > /dev/null`;
  const text = outputOf(
    shell(bed, 'sink', `${first}; start=$EPOCHREALTIME; ${loop}; echo "$start $EPOCHREALTIME"`),
  );
  const [start = 0, end = 0] = text.trim().split(' ').map(Number);
  return (end - start) / loops;
}
