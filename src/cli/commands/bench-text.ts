import type { Recommendation } from '../../measure/recommend.ts';
import type { BenchResult, ByHandResult, Cost, LoadResult, WayResult } from '../../measure/result.ts';
import type { Language } from '../../measure/way.ts';
import { secondsText } from '../../measure/words.ts';
import { counted, sizeWords } from '../../report/words.ts';
import { cell, table } from './table.ts';

const NOTHING = '-';
const TITLES = ['WAY', 'A VALUE', 'QUARTILES', 'SPEED', 'BY HAND', 'RATIO', 'CPU', 'MEMORY', 'DISK'];

/** The tables of `otto bench`: one for each size, what could not be measured and why, and what each way can do at all. */
export function benchText(result: BenchResult & { readonly recommendation: Recommendation | null }): string {
  const sizes = [...new Set(result.ways.flatMap(({ loads }) => loads.map(({ bytes }) => bytes)))];
  const measured = result.ways.filter(({ missing }) => missing === null);
  const parts = [
    [headline(result)],
    ...sizes.map((bytes) => sizeTable(measured, bytes)),
    calls(measured),
    absences(result.ways),
    traits(result.ways),
    result.recommendation === null ? [] : advice(result.recommendation),
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

const headline = ({ rounds, machine }: BenchResult): string =>
  `medians of ${counted(rounds, 'round', 'rounds')}; ${[
    `${machine.cores} cores`,
    sizeWords(machine.memoryBytes),
    machine.fileSystem,
    machine.platform,
    `Node ${machine.node}`,
    `bash ${machine.bash}`,
  ].join(', ')}`;

function sizeTable(ways: readonly WayResult[], bytes: number): string[] {
  const rows = ways.flatMap((way) =>
    way.loads.filter((load) => load.bytes === bytes).map((load) => ({ way, load, cost: load.otto.cost })),
  );
  const shown = rows.flatMap(({ way, load, cost }) => (cost === null ? [] : [row(way, load, cost)]));
  const values = rows[0]?.load.values ?? 1;
  const title = `${sizeWords(bytes)}${values === 1 ? '' : `, ${values} values`}`;
  return shown.length === 0
    ? []
    : [
        title,
        ...table(
          [TITLES, ...shown],
          ['left', 'right', 'right', 'right', 'left', 'right', 'right', 'right', 'right'],
        ),
      ];
}

function row({ name }: WayResult, { values, byHand }: LoadResult, cost: Cost): string[] {
  const [hand] = byHand;
  const { low, high } = cost.seconds;
  return [
    name,
    secondsText(cost.secondsPerValue),
    `${secondsText(low / values)} … ${secondsText(high / values)}`,
    cost.bytesPerSecond === null ? NOTHING : `${sizeWords(Math.round(cost.bytesPerSecond))}/s`,
    hand === undefined ? NOTHING : `${hand.name}: ${handWords(hand)}`,
    hand?.ratio == null ? NOTHING : `${hand.ratio.toFixed(2)} ×`,
    cost.cpuSeconds === null ? NOTHING : secondsText(cost.cpuSeconds),
    cost.peakBytes === null ? NOTHING : sizeWords(cost.peakBytes),
    cost.diskBytes === null ? NOTHING : sizeWords(cost.diskBytes),
  ];
}

const handWords = ({ measured: { cost, refused } }: ByHandResult): string =>
  cost === null ? oneLine(refused) : secondsText(cost.secondsPerValue);

/** The calls that set and get one value, without what lies between two tasks. */
function calls(ways: readonly WayResult[]): string[] {
  const languages = [...new Set(ways.flatMap((way) => way.calls.map(({ language }) => language)))];
  const [bytes] = ways.flatMap((way) => way.calls.map((each) => each.bytes));
  if (bytes === undefined) return [];
  const cellOf = (way: WayResult, language: Language): string => {
    const seconds = way.calls.find((each) => each.language === language)?.measured.seconds;
    return seconds ? secondsText(seconds.median) : NOTHING;
  };
  const rows = ways
    .filter((way) => way.calls.length > 0)
    .map((way) => [way.name, ...languages.map((language) => cellOf(way, language))]);
  return [
    `the calls that set and get ${sizeWords(bytes)}`,
    ...table(
      [['WAY', ...languages.map((language) => language.toUpperCase())], ...rows],
      ['left', 'right', 'right', 'right'],
    ),
  ];
}

function absences(ways: readonly WayResult[]): string[] {
  const missing = ways.flatMap(({ name, missing: why }) => (why === null ? [] : [[name, oneLine(why)]]));
  const refused = ways
    .filter(({ missing: why }) => why === null)
    .flatMap(({ name, loads }) =>
      loads.flatMap(({ bytes, otto }) =>
        otto.refused === null ? [] : [[`${name}, ${sizeWords(bytes)}`, oneLine(otto.refused)]],
      ),
    );
  const rows = [...missing, ...refused];
  return rows.length === 0 ? [] : ['not measured', ...table(rows)];
}

/** Of what a run said before it failed, the first line that otto says, or else the last line. */
function oneLine(words: string): string {
  const lines = words.split('\n').filter(Boolean);
  return cell(lines.find((line) => line.startsWith('otto: ')) ?? lines.at(-1) ?? words);
}

function traits(ways: readonly WayResult[]): string[] {
  if (ways.length === 0) return [];
  const titles = ['WAY', 'LARGEST VALUE', 'TYPES', 'WHILE RUNNING', 'KEPT', 'READERS', 'NEEDS'];
  const rows = ways.map(({ name, traits: { largestValue, types, whileRunning, kept, readers, needs } }) => [
    name,
    largestValue,
    types,
    whileRunning,
    kept,
    readers,
    needs,
  ]);
  return ['what each way can do', ...table([titles, ...rows])];
}

function advice({ bytes, values, from, estimates, store, savedSeconds }: Recommendation): string[] {
  const whose = from === 'history' ? 'values as in the last run' : 'these values';
  const rows = estimates.map(({ name, seconds }) => [name, secondsText(seconds)]);
  const words =
    store === null
      ? 'no store was measured'
      : savedSeconds > 0
        ? `--store ${store} saves ${secondsText(savedSeconds)} a run`
        : `--store ${store}: no other store saves enough to be worth it`;
  return [
    `for ${whose}: ${counted(values, 'value', 'values')} of ${sizeWords(bytes)}`,
    ...table(rows, ['left', 'right']),
    words,
  ];
}
