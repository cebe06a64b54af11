import type { Summary } from '../measure/statistics.ts';
import { timeText } from './words.ts';

/** Charts of times: bars from zero on a linear axis, dots on a logarithmic one; a thin line spans the quartiles. */

export type Scale = 'linear' | 'log';

export interface Mark {
  readonly name: string;
  readonly ours: boolean;
  readonly summary: Summary;
}

export interface Chart {
  readonly title: string;
  readonly scale: Scale;
  readonly groups: readonly { readonly label: string; readonly marks: readonly Mark[] }[];
}

const WIDTH = 820;
const PLOT_LEFT = 330;
const PLOT_RIGHT = 720;
const LINE = 22;
const GROUP = 34;
const TOP = 44;
const AXIS = 34;

/** The picture brings its own background, so that it is readable on any page, and follows the reader's scheme. */
const STYLE = `
  .back { fill: #ffffff } text { font: 13px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 } .group { font-weight: 600 } .tick { font-size: 11px; fill: #59636e }
  .end { text-anchor: end } .middle { text-anchor: middle } .grid { stroke: #d1d9e0; stroke-width: 1 }
  .other { fill: #9aa4af } .ours { fill: #0969da } .spread { stroke: #1f2328; stroke-width: 1.5 }
  .name-ours { font-weight: 600; fill: #0969da }
  @media (prefers-color-scheme: dark) {
    .back { fill: #0d1117 } text { fill: #e6edf3 } .tick { fill: #9198a1 } .grid { stroke: #30363d }
    .other { fill: #6e7681 } .ours, .name-ours { fill: #4493f8 } .spread { stroke: #e6edf3 }
  }`;

export function drawChart(chart: Chart): string {
  const axis = axisOf(chart);
  const body: string[] = [];
  let y = TOP;
  for (const { label, marks } of chart.groups) {
    body.push(text({ x: 16, y: y + 24, style: 'group' }, label));
    y += GROUP;
    for (const mark of marks) {
      body.push(drawMark(mark, y, axis));
      y += LINE;
    }
  }
  return page(chart.title, y + AXIS, [...grid(axis, y), ...body]);
}

interface Axis {
  readonly scale: Scale;
  readonly ticks: readonly number[];
  /** Horizontal place of a time. */
  place(seconds: number): number;
}

function axisOf({ scale, groups }: Chart): Axis {
  const summaries = groups.flatMap(({ marks }) => marks.map(({ summary }) => summary));
  const most = Math.max(...summaries.map(({ median, high }) => Math.max(median, high)));
  const least = Math.min(...summaries.map(({ median, low }) => Math.min(median, low)));
  return scale === 'log' ? logAxis(least, most) : linearAxis(most);
}

function linearAxis(most: number): Axis {
  const step = niceStep(most / 5);
  const ticks = Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) => index * step);
  const last = ticks[ticks.length - 1] as number;
  return {
    scale: 'linear',
    ticks,
    place: (seconds) => PLOT_LEFT + ((PLOT_RIGHT - PLOT_LEFT) * seconds) / last,
  };
}

/** 1, 2 or 5 times a power of ten. */
export function niceStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(atLeast));
  return power * (([1, 2, 5] as const).find((factor) => factor * power >= atLeast) ?? 10);
}

function logAxis(least: number, most: number): Axis {
  const first = Math.floor(Math.log10(least));
  const last = Math.ceil(Math.log10(most));
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
  const share = (seconds: number): number => (Math.log10(seconds) - first) / Math.max(1, last - first);
  return { scale: 'log', ticks, place: (seconds) => PLOT_LEFT + (PLOT_RIGHT - PLOT_LEFT) * share(seconds) };
}

function grid({ ticks, place }: Axis, bottom: number): string[] {
  return ticks.flatMap((tick) => [
    line({ x1: place(tick), x2: place(tick), y1: TOP, y2: bottom, style: 'grid' }),
    text({ x: place(tick), y: bottom + 16, style: 'tick middle' }, tick === 0 ? '0' : tickText(tick)),
  ]);
}

function tickText(seconds: number): string {
  const [value, unit] = timeText(seconds).split(' ');
  return `${Number(value)} ${unit}`;
}

function drawMark({ name, ours, summary }: Mark, top: number, axis: Axis): string {
  const middle = top + LINE / 2;
  const end = axis.place(summary.median);
  const style = ours ? 'ours' : 'other';
  const shape =
    axis.scale === 'log'
      ? `<circle class="${style}" cx="${at(end)}" cy="${at(middle)}" r="5"/>`
      : `<rect class="${style}" x="${PLOT_LEFT}" y="${at(top + 3)}" width="${at(Math.max(1, end - PLOT_LEFT))}" height="${LINE - 7}" rx="2"/>`;
  const spread = line({
    x1: axis.place(summary.low),
    x2: axis.place(summary.high),
    y1: middle,
    y2: middle,
    style: 'spread',
  });
  return [
    text({ x: PLOT_LEFT - 10, y: middle + 4, style: ours ? 'end name-ours' : 'end' }, name),
    shape,
    spread,
    text({ x: WIDTH - 12, y: middle + 4, style: 'end' }, timeText(summary.median)),
  ].join('');
}

interface TextPlace {
  readonly x: number;
  readonly y: number;
  readonly style: string;
}

const text = ({ x, y, style }: TextPlace, content: string): string =>
  `<text class="${style}" x="${at(x)}" y="${at(y)}">${escaped(content)}</text>`;

interface LinePlace {
  readonly x1: number;
  readonly x2: number;
  readonly y1: number;
  readonly y2: number;
  readonly style: string;
}

const line = ({ x1, x2, y1, y2, style }: LinePlace): string =>
  `<line class="${style}" x1="${at(x1)}" x2="${at(x2)}" y1="${at(y1)}" y2="${at(y2)}"/>`;

const at = (place: number): string => String(Math.round(place * 10) / 10);

const escaped = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function page(title: string, height: number, body: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>${STYLE}
</style>
<rect class="back" width="${WIDTH}" height="${height}" rx="6"/>
${text({ x: 16, y: 28, style: 'title' }, title)}
${text({ x: WIDTH - 12, y: 28, style: 'tick end' }, 'median, line: quartiles; less is better')}
${body.join('\n')}
</svg>
`;
}
