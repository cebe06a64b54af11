import { type CurveName, isMeasured, type Row } from '../result.ts';
import type { Line, LineChart } from './lines.ts';
import { timeText } from './words.ts';

export interface Curve extends LineChart {
  readonly name: CurveName;
  /** Head of the first column of its table. */
  readonly quantity: string;
}

const count = (x: number): string => (x >= 1e6 ? `${x / 1e6} M` : x >= 1e3 ? `${x / 1e3} k` : String(x));

const size = (bytes: number): string => {
  const step = Math.floor(Math.log2(bytes) / 10);
  return `${bytes / 1024 ** step} ${['B', 'KiB', 'MiB', 'GiB'][step]}`;
};

const KINDS: Readonly<Record<CurveName, Pick<Curve, 'title' | 'quantity' | 'label'>>> = {
  size: { title: 'A value through a pipe, by its size', quantity: 'size', label: size },
  keys: { title: 'One call in a Node process, by the number of keys', quantity: 'keys', label: count },
  writers: {
    title: 'One set, by the number of processes that write at once',
    quantity: 'writers',
    label: count,
  },
};

/** The curves that rows of a part lie on. */
export function curvesOf(rows: readonly Row[]): Curve[] {
  const names = [...new Set(rows.flatMap(({ point }) => point?.curve ?? []))];
  return names.map((name) => ({
    name,
    ...KINDS[name],
    lines: linesOf(rows.filter(({ point }) => point?.curve === name)),
  }));
}

function linesOf(rows: readonly Row[]): Line[] {
  const measured = rows.flatMap(({ series, point }) =>
    series.filter(isMeasured).map(({ name, ours, summary }) => ({ name, ours, x: point?.x ?? 0, summary })),
  );
  return [...new Set(measured.map(({ name }) => name))].map((name) => {
    const points = measured.filter((one) => one.name === name);
    return { name, ours: points[0]?.ours ?? false, points: points.map(({ x, summary }) => ({ x, summary })) };
  });
}

/** Medians: one line for each place on the axis, one column for each way. */
export function curveTable({ quantity, lines, label }: Curve): string[][] {
  const places = [...new Set(lines.flatMap(({ points }) => points.map(({ x }) => x)))];
  const cell = (line: Line, x: number): string => {
    const found = line.points.find((point) => point.x === x);
    return found === undefined ? '–' : timeText(found.summary.median);
  };
  const head = [quantity, ...lines.map(({ name, ours }) => (ours ? `**\`${name}\`**` : `\`${name}\``))];
  return [head, ...places.map((x) => [label(x), ...lines.map((line) => cell(line, x))])];
}
