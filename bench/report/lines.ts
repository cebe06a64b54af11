import type { Summary } from '../measure/statistics.ts';
import { timeText } from './words.ts';

/** Charts of how a time grows: both axes logarithmic, one line for each way, the median with the quartiles as a thin bar. */

export interface LinePoint {
  readonly x: number;
  readonly summary: Summary;
}

export interface Line {
  readonly name: string;
  readonly ours: boolean;
  readonly points: readonly LinePoint[];
}

export interface LineChart {
  readonly title: string;
  readonly lines: readonly Line[];
  /** What stands below a tick of the horizontal axis. */
  label(x: number): string;
}

const WIDTH = 900;
const HEIGHT = 430;
const PLOT = { left: 76, right: 560, top: 52, bottom: 384 };

const STYLE = `
  .back { fill: #ffffff } text { font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 } .tick { font-size: 11px; fill: #59636e } .end { text-anchor: end }
  .middle { text-anchor: middle } .grid { stroke: #d1d9e0; stroke-width: 1 } path { fill: none; stroke-width: 2 }
  .other path, .other line { stroke: #8a949e } .other circle { fill: #8a949e } .ours path, .ours line { stroke: #0969da }
  .ours circle { fill: #0969da } .ours text { font-weight: 600; fill: #0969da } .dash-1 path { stroke-dasharray: 6 4 }
  .dash-2 path { stroke-dasharray: 2 3 } .dash-3 path { stroke-dasharray: 9 3 2 3 }
  @media (prefers-color-scheme: dark) {
    .back { fill: #0d1117 } text { fill: #e6edf3 } .tick { fill: #9198a1 } .grid { stroke: #30363d }
    .ours path, .ours line { stroke: #4493f8 } .ours circle, .ours text { fill: #4493f8 }
  }`;

interface Axis {
  readonly least: number;
  readonly most: number;
}

const axisOf = (values: readonly number[]): Axis => ({
  least: Math.min(...values),
  most: Math.max(...values),
});

/** Where a value lies between the ends of a logarithmic axis, 0 to 1. */
function share({ least, most }: Axis, value: number): number {
  return most === least ? 0.5 : Math.log(value / least) / Math.log(most / least);
}

/** Powers of ten that enclose all values. */
function decades(values: readonly number[]): Axis {
  const { least, most } = axisOf(values);
  return { least: 10 ** Math.floor(Math.log10(least)), most: 10 ** Math.ceil(Math.log10(most)) };
}

const at = (place: number): string => String(Math.round(place * 10) / 10);

const escaped = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

export function drawLines(chart: LineChart): string {
  const points = chart.lines.flatMap((line) => line.points);
  const across = axisOf(points.map(({ x }) => x));
  const up = decades(points.flatMap(({ summary }) => [summary.low, summary.median, summary.high]));
  const place = {
    x: (x: number): number => PLOT.left + (PLOT.right - PLOT.left) * share(across, x),
    y: (seconds: number): number => PLOT.bottom - (PLOT.bottom - PLOT.top) * share(up, seconds),
  };
  const labels = spread(
    chart.lines.map((line) => place.y(line.points[line.points.length - 1]?.summary.median ?? 1)),
  );
  const body = [
    ...horizontal(up, place),
    ...vertical([...new Set(points.map(({ x }) => x))], chart, place),
    ...chart.lines.map((line, index) => drawLine({ line, index, labelY: labels[index] ?? 0 }, place)),
  ];
  return page(chart.title, body);
}

interface Place {
  x(x: number): number;
  y(seconds: number): number;
}

function horizontal({ least, most }: Axis, place: Place): string[] {
  const count = Math.round(Math.log10(most / least));
  return Array.from({ length: count + 1 }, (_, power) => least * 10 ** power).map((seconds) => {
    const y = at(place.y(seconds));
    const [value, unit] = timeText(seconds).split(' ');
    const text = `<text class="tick end" x="${PLOT.left - 8}" y="${at(place.y(seconds) + 4)}">${Number(value)} ${unit}</text>`;
    return `<line class="grid" x1="${PLOT.left}" x2="${PLOT.right}" y1="${y}" y2="${y}"/>${text}`;
  });
}

function vertical(values: readonly number[], chart: LineChart, place: Place): string[] {
  return values.map((x) => {
    const left = at(place.x(x));
    const text = `<text class="tick middle" x="${left}" y="${PLOT.bottom + 18}">${escaped(chart.label(x))}</text>`;
    return `<line class="grid" x1="${left}" x2="${left}" y1="${PLOT.top}" y2="${PLOT.bottom}"/>${text}`;
  });
}

interface LineToDraw {
  readonly line: Line;
  readonly index: number;
  readonly labelY: number;
}

function drawLine({ line, index, labelY }: LineToDraw, place: Place): string {
  const corners = line.points.map(({ x, summary }) => `${at(place.x(x))},${at(place.y(summary.median))}`);
  const marks = line.points.map(({ x, summary }) => {
    const left = at(place.x(x));
    const spreadLine = `<line x1="${left}" x2="${left}" y1="${at(place.y(summary.low))}" y2="${at(place.y(summary.high))}"/>`;
    return `${spreadLine}<circle cx="${left}" cy="${at(place.y(summary.median))}" r="3.5"/>`;
  });
  const text = `<text x="${PLOT.right + 14}" y="${at(labelY + 4)}">${escaped(line.name)}</text>`;
  return `<g class="${line.ours ? 'ours' : 'other'} dash-${index % 4}"><path d="M${corners.join(' L')}"/>${marks.join('')}${text}</g>`;
}

const LABEL_HEIGHT = 18;

/** Moves labels apart that would lie over each other, in their order from top to bottom. */
export function spread(wanted: readonly number[]): number[] {
  const order = wanted.map((y, index) => ({ y, index })).sort((a, b) => a.y - b.y);
  const placed = new Array<number>(wanted.length).fill(0);
  let free = Number.NEGATIVE_INFINITY;
  for (const { y, index } of order) {
    placed[index] = Math.max(y, free);
    free = (placed[index] as number) + LABEL_HEIGHT;
  }
  return placed;
}

function page(title: string, body: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">
<title>${escaped(title)}</title>
<style>${STYLE}
</style>
<rect class="back" width="${WIDTH}" height="${HEIGHT}" rx="6"/>
<text class="title" x="16" y="28">${escaped(title)}</text>
<text class="tick end" x="${WIDTH - 12}" y="28">median, bar: quartiles; less is better</text>
${body.join('\n')}
</svg>
`;
}
