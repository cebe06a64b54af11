import { isMeasured, type PartName, type Results } from '../result.ts';
import { threeDigits, timeText } from './words.ts';

/** The README's table of the ways to pass data. Its times come from the results, like everything that is said of speed. */

interface Source {
  readonly part: PartName;
  /** Beginning of the row's work and name of the series in it. */
  readonly work: string;
  readonly series: string;
}

interface Way {
  readonly way: string;
  readonly when: string;
  readonly limit: string;
  readonly small: (results: Results) => string;
  readonly large: (results: Results) => string;
}

function medianOf({ parts }: Results, { part, work, series }: Source): number | null {
  const rows = parts.filter((result) => result.part === part).flatMap(({ rows }) => rows);
  const row = rows.find((candidate) => candidate.work.startsWith(work));
  const found = row?.series.find(({ name }) => name.startsWith(series));
  return found && isMeasured(found) ? found.summary.median : null;
}

const TASKS = 100;

const perTask = (series: string) => (results: Results) => {
  const median = medianOf(results, { part: 'd', work: `${TASKS} no-op tasks in a chain`, series });
  return median === null ? '–' : `${timeText(median / TASKS)} a task`;
};

const chain = (work: string, series: string) => (results: Results) => {
  const median = medianOf(results, { part: 'c', work, series });
  return median === null ? '–' : `${timeText(median)} through four tasks`;
};

const helper = (series: string, words: string) => (results: Results) => {
  const median = medianOf(results, { part: 'a', work: 'set or get a small value', series });
  return median === null ? '–' : `${timeText(median)} ${words}`;
};

const speed = (work: string, series: string) => (results: Results) => {
  const median = medianOf(results, { part: 'a', work, series });
  return median === null ? '–' : `${threeDigits(1.073741824 / median)} GB/s`;
};

const WORK = '1 GiB bash -> Python -> Node -> bash through';

const ways: readonly Way[] = [
  {
    way: 'JSON files (default)',
    when: 'always, unless you need more speed',
    limit: 'the disk',
    small: perTask('otto run'),
    large: chain(`${WORK} files`, 'otto run:'),
  },
  {
    way: 'shared memory (`--fast`)',
    when: 'scripts set and read many values, or the disk is slow',
    limit: 'memory; Linux',
    small: perTask('otto run --fast'),
    large: chain(`${WORK} memory`, 'otto run --fast:'),
  },
  {
    way: '`otto-mmap-set` with `--fast`',
    when: 'a program of any language writes',
    limit: 'memory; Linux',
    small: helper('otto-mmap-set KEY, 16', 'a call'),
    large: speed('set 1 GiB from a pipe', 'cat f | otto-mmap-set'),
  },
  {
    way: '`otto-mmap-get` with `--fast`',
    when: 'a program of any language reads',
    limit: 'memory; Linux',
    small: helper('otto-mmap-get KEY, 16', 'a call'),
    large: speed('get 1 GiB into a pipe', 'otto-mmap-get'),
  },
];

export function renderWays(results: Results): string {
  const rows = ways.map(
    ({ way, when, limit, small, large }) =>
      `| ${way} | ${when} | ${limit} | ${small(results)} | ${large(results)} |`,
  );
  return [
    '| way | use it when | limit | small values | 1 GiB |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
    'Measured by `npm run bench`; how, and against what: [docs/performance.md](docs/performance.md).',
  ].join('\n');
}
