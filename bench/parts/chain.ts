import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { timeCommand } from '../measure/command.ts';
import { contender } from '../measure/interleave.ts';
import { fillFile, touchFreePages } from '../measure/pages.ts';
import { measureRow } from '../measure/row.ts';
import { commandLine } from '../otto.ts';
import type { Goal, Row } from '../result.ts';
import { freshDirectory, type MeasurePart, type Setting } from '../setting.ts';
import { type ChainRivals, chainRivals, REDIS, SQLITE } from './chain-rivals.ts';
import { privateMemory } from './private-memory.ts';
import { latestRun, taskSpanSeconds } from './run-times.ts';
import { sizeName } from './sizes.ts';

/** Every stage forwards all bytes; the last one counts them. */
const OTTOFILE = `
tasks:
  a:
    bash: otto.set data - < "$BENCH_SOURCE"
  b:
    before: [a]
    python: OUTPUT["data"] = INPUT.view("a.data")
  c:
    before: [b]
    node: OUTPUT.data = INPUT.view('b.data')
  d:
    before: [c]
    bash: test "$(otto.get c.data | wc -c)" -eq "$BENCH_BYTES"
`;

/** The least that anyone would do by hand: wc only asks for the file's size. */
const BY_HAND = `
set -e
cat "$BENCH_SOURCE" > "$1/a"
python3 -c pass
cat "$1/a" > "$1/b"
node -e 0
cat "$1/b" > "$1/c"
test "$(wc -c < "$1/c")" -eq "$BENCH_BYTES"
`;

export const measureChain: MeasurePart = async (setting) => {
  writeFileSync(join(setting.disk, 'otto.yml'), OTTOFILE);
  return { rows: [await throughMemory(setting), await throughDisk(setting)], checks: privateMemory(setting) };
};

async function throughMemory(setting: Setting): Promise<Row> {
  const source = join(setting.memory, 'source');
  fillFile(source, setting.bytes);
  await using rivals = await chainRivals(setting, source);
  return await chainRow(setting, { where: 'memory', place: setting.memory, flags: ['--fast'], rivals });
}

function throughDisk(setting: Setting): Promise<Row> {
  return chainRow(setting, { where: 'files on disk', place: setting.disk, flags: [] });
}

interface Way {
  readonly where: string;
  /** Where the source and the copies made by hand are. */
  readonly place: string;
  readonly flags: readonly string[];
  readonly rivals?: ChainRivals;
}

function chainRow(setting: Setting, way: Way): Promise<Row> {
  const source = join(way.place, 'source');
  fillFile(source, setting.bytes);
  const command = ['otto', 'run', ...way.flags].join(' ');
  const [span, wall] = [`${command}: first start to last end`, `${command}: whole command`];
  const hand = `by hand through ${way.where}`;
  return measureRow({
    work: `${sizeName(setting.bytes)} bash -> Python -> Node -> bash through ${way.where}`,
    contenders: [
      { series: [span, wall], turn: () => ottoTurn(setting, { way, source }) },
      contender(hand, () => handTurn(setting, { way, source })),
      ...(way.rivals?.contenders ?? []),
    ],
    ours: [span, wall],
    against: [
      { subject: span, baseline: hand, goal: { kind: 'time-at-most', ratio: 1.3 } },
      { subject: wall, baseline: hand },
      ...(way.rivals ? [REDIS, SQLITE] : []).map((baseline) => ({ subject: span, baseline, goal: THRICE })),
    ],
    absent: way.rivals?.absent ?? {},
    rounds: setting.rounds(7),
  });
}

const THRICE: Goal = { kind: 'speed-at-least', ratio: 3 };

interface Turn {
  readonly way: Way;
  readonly source: string;
}

const environment = (setting: Setting, source: string): Record<string, string> => ({
  OTTO_HOME: join(setting.disk, 'home'),
  BENCH_SOURCE: source,
  BENCH_BYTES: String(setting.bytes),
});

function ottoTurn(setting: Setting, { way, source }: Turn): number[] {
  startClean(setting, way);
  const argv = [process.execPath, commandLine, 'run', ...way.flags, 'd'];
  const wall = timeCommand({ argv, cwd: setting.disk, env: environment(setting, source) });
  return [taskSpanSeconds(latestRun(join(setting.disk, 'home'))), wall];
}

function handTurn(setting: Setting, { way, source }: Turn): number {
  const copies = startClean(setting, way);
  return timeCommand({ argv: ['bash', '-c', BY_HAND, 'by-hand', copies], env: environment(setting, source) });
}

/** No older run, no older copies, nothing waiting to be written to disk, pages that the host has given. */
function startClean(setting: Setting, way: Way): string {
  freshDirectory(join(setting.disk, 'home'));
  const copies = freshDirectory(join(way.place, 'copies'));
  timeCommand({ argv: ['sync', '-f', setting.disk] });
  touchFreePages(3 * setting.bytes);
  return copies;
}
