import { isMeasured, type PartName, type PartResult, type Results, type Row } from '../result.ts';
import { curvesOf } from './curves.ts';
import { drawLines } from './lines.ts';
import { drawChart, type Scale } from './svg.ts';

interface ChartPlan {
  readonly file: string;
  readonly title: string;
  readonly scale: Scale;
  holds(row: Row): boolean;
}

const isSmall = ({ work }: Row): boolean => work.includes('small value');
const isFlush = ({ work }: Row): boolean => work.startsWith('flush');

/** A logarithmic axis where the slowest is a thousand times the fastest; elsewhere bars from zero. */
const plans: Readonly<Record<PartName, readonly ChartPlan[]>> = {
  a: [
    {
      file: 'helpers-large.svg',
      title: 'Large values through the helpers',
      scale: 'linear',
      holds: (row) => !isSmall(row),
    },
    { file: 'helpers-small.svg', title: 'Small values through the helpers', scale: 'linear', holds: isSmall },
  ],
  b: [
    { file: 'in-process.svg', title: 'Calls in a Node process', scale: 'log', holds: (row) => !isFlush(row) },
    { file: 'flush.svg', title: 'A large value into history', scale: 'linear', holds: isFlush },
  ],
  c: [{ file: 'chain.svg', title: 'bash → Python → Node → bash', scale: 'linear', holds: () => true }],
  d: [{ file: 'tasks.svg', title: 'No-op tasks', scale: 'log', holds: () => true }],
  e: [],
};

export const chartFilesOf = ({ part, rows }: PartResult): { file: string; title: string }[] => [
  ...plans[part].filter(({ holds }) => rows.some(holds)).map(({ file, title }) => ({ file, title })),
  ...curvesOf(rows).map(({ name, title }) => ({ file: `growth-${name}.svg`, title })),
];

/** File name and SVG of every chart that the results have numbers for. */
export function chartsOf({ parts }: Results): [string, string][] {
  const curves = parts
    .flatMap(({ rows }) => curvesOf(rows))
    .map((curve): [string, string] => [`growth-${curve.name}.svg`, drawLines(curve)]);
  const bars = parts.flatMap(({ part, rows }) =>
    plans[part].flatMap(({ file, title, scale, holds }): [string, string][] => {
      const groups = rows
        .filter(holds)
        .map((row) => ({ label: row.work, marks: row.series.filter(isMeasured) }));
      return groups.length === 0 ? [] : [[file, drawChart({ title, scale, groups })]];
    }),
  );
  return [...bars, ...curves];
}
