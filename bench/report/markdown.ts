import { type Check, isMeasured, type PartResult, type Results, type Row, type Series } from '../result.ts';
import { chartFilesOf } from './charts.ts';
import { curvesOf, curveTable } from './curves.ts';
import { bytesText, goalText, metText, ratioText, timeText } from './words.ts';

/** The generated parts of docs/performance.md. Each stands between two comments; all else is written by hand. */

interface Marks {
  readonly begin: string;
  readonly end: string;
}

const marksOf = (name: string): Marks => ({
  begin: `<!-- bench:${name} -->`,
  end: `<!-- /bench:${name} -->`,
});

/** Replaces what stands between the marks; null when the text does not have them. */
export function betweenMarks(text: string, { begin, end }: Marks, content: string): string | null {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) return null;
  return `${text.slice(0, from)}${begin}\n\n${content}\n\n${text.slice(to)}`;
}

export function renderDocument(before: string, results: Results): string {
  const sections = new Map([
    ['summary', renderSummary(results)],
    ['machine', renderMachines(results)],
  ]);
  for (const part of results.parts) sections.set(part.part, renderPart(part));
  let text = before;
  for (const [name, content] of sections) {
    const marks = marksOf(name);
    text = betweenMarks(text, marks, content) ?? `${text}${marks.begin}\n\n${content}\n\n${marks.end}\n`;
  }
  return text;
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(escaped).join(' | ')} |`).join('\n');

const escaped = (cell: string): string => cell.replaceAll('|', '\\|');

function renderSummary({ parts }: Results): string {
  const compared = parts.flatMap(({ rows }) => rows).flatMap(comparisonLines);
  const checked = parts.flatMap(({ checks }) => checks).map(checkLine);
  return table(['work', 'otto', 'against', 'measured', 'goal', 'met'], [...compared, ...checked]);
}

function comparisonLines(row: Row): string[][] {
  return row.comparisons.map((comparison, index) => [
    index === 0 ? row.work : '',
    code(comparison.subject),
    code(comparison.baseline),
    ratioText(comparison),
    goalText(comparison.goal),
    metText(comparison),
  ]);
}

const checkLine = ({ what, bytes, atMostBytes }: Check): string[] => [
  what,
  '',
  '',
  bytesText(bytes),
  `≤ ${bytesText(atMostBytes)}`,
  metText({ met: bytes <= atMostBytes }),
];

function renderMachines({ parts }: Results): string {
  const names = [...new Set(parts.flatMap(({ machine }) => Object.keys(machine)))];
  const same = new Set(parts.map(({ machine }) => JSON.stringify(machine))).size === 1;
  if (same)
    return table(
      ['machine', ''],
      names.map((name) => [name, parts[0]?.machine[name] ?? '–']),
    );
  const rows = names.map((name) => [name, ...parts.map(({ machine }) => machine[name] ?? '–')]);
  return table(['machine', ...parts.map(({ part }) => `part ${part}`)], rows);
}

/** Also what the terminal shows. */
export function renderPart(result: PartResult): string {
  const day = result.measuredAt.slice(0, 16).replace('T', ' ');
  const charts = chartFilesOf(result).map(({ file, title }) => `![${title}](performance/${file})`);
  return [
    `Measured ${day} UTC at commit ${result.commit}; load average before: ${result.load.toFixed(1)}.`,
    ...charts,
    ...result.rows.filter(({ point }) => point === undefined).map(renderRow),
    ...curvesOf(result.rows).map((curve) => {
      const [head = [], ...lines] = curveTable(curve);
      return table(head, lines);
    }),
    ...(result.checks.length > 0
      ? [table(['check', '', '', 'measured', 'goal', 'met'], result.checks.map(checkLine))]
      : []),
  ].join('\n\n');
}

function renderRow(row: Row): string {
  const rounds = Math.max(0, ...row.series.map((series) => (isMeasured(series) ? series.samples.length : 0)));
  const head = [`${row.work} (${rounds} rounds)`, 'median', 'quartiles', 'least – most'];
  return table(head, row.series.map(seriesLine));
}

function seriesLine(series: Series): string[] {
  const name = series.ours ? `**${code(series.name)}**` : code(series.name);
  if (!isMeasured(series)) return [name, `not measured: ${series.notMeasured}`, '', ''];
  const { median, low, high, min, max } = series.summary;
  return [
    name,
    timeText(median),
    `${timeText(low)} – ${timeText(high)}`,
    `${timeText(min)} – ${timeText(max)}`,
  ];
}

/** Commands look like commands. */
const code = (name: string): string => (/[|/<>]|^otto /.test(name) ? `\`${name}\`` : name);
