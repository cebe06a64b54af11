import { runningTotal } from './summarize.mjs';

const WIDTH = 1040;
const HEIGHT = 820;
const LEFT = 70;
const RIGHT = 830;
const TOTALS = { top: 112, bottom: 430 };
const NEWLY = { top: 520, bottom: 750 };

/** Okabe and Ito's colours, which most people with a colour vision deficiency can tell apart. */
const LINE_COLOURS = ['#e69f00', '#0072b2', '#d55e00', '#009e73'];
const GROUPS = [
  { label: 'Web APIs', colour: '#4c566a', areas: ['api'] },
  { label: 'CSS', colour: '#88a0bd', areas: ['css'] },
  { label: 'JavaScript, WebAssembly', colour: '#c9a227', areas: ['javascript', 'webassembly'] },
  { label: 'HTML, SVG, MathML', colour: '#a3596f', areas: ['html', 'svg', 'mathml'] },
];
const OTHERS = { label: 'HTTP, extensions, others', colour: '#cfcfcf' };

/** The chart as SVG text. Above: what each browser has; below: what became available in all of them, year by year. */
export function drawChart(summary, source) {
  const { main, years } = summary;
  const first = years.findIndex((_, n) => main.some((browser) => summary.gained[browser][n] > 0));
  const shown = years.slice(first);
  const x = scale([0, shown.length - 1], [LEFT + 16, RIGHT - 16]);
  const names = main.map(capitalised);
  const parts = [
    text(LEFT, 36, 'How the features of the web reached its browsers', { size: 22, weight: 600 }),
    text(LEFT, 60, subtitle(names, source), { size: 13, fill: '#555' }),
    ...totalsPanel({ summary, first, x, names }),
    ...newlyPanel({ summary, first, x }),
    ...[TOTALS, NEWLY].flatMap((panel) => yearAxis(shown, x, panel)),
    text(LEFT, HEIGHT - 18, footnote(shown, source), { size: 11, fill: '#777' }),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}"`,
    '  font-family="system-ui, Helvetica, Arial, sans-serif" role="img">',
    '<title>How the features of the web reached its browsers</title>',
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

const subtitle = (names, { version }) =>
  `${names.slice(0, -1).join(', ')} and ${names.at(-1)}, counted from MDN’s browser compatibility data ${version}`;

const footnote = (years, { asOf }) =>
  `${years.at(-1)} until ${asOf}. Not counted: what needs a flag or a prefix, is only part of a feature, or has been removed.`;

/** One line for each browser, and the area below what all of them have. */
function totalsPanel({ summary, first, x, names }) {
  const series = summary.main.map((browser, n) => ({
    label: names[n],
    colour: LINE_COLOURS[n % LINE_COLOURS.length],
    totals: runningTotal(summary.gained[browser]).slice(first),
  }));
  const all = { label: 'in all of them', colour: '#444', totals: summary.available.slice(first) };
  const { y, axis } = countAxis(Math.max(...series.flatMap(({ totals }) => totals)), TOTALS);
  const areaPoints = linePoints(all.totals, x, y);
  const [left] = areaPoints[0].split(',');
  const [right] = areaPoints.at(-1).split(',');
  return [
    text(LEFT, TOTALS.top - 18, 'Features available at the end of the year', { size: 14, weight: 600 }),
    ...axis,
    `<polygon points="${left},${y(0)} ${areaPoints.join(' ')} ${right},${y(0)}" fill="#000" fill-opacity="0.08"/>`,
    polyline(linePoints(all.totals, x, y), all.colour, 'stroke-dasharray="5 3"'),
    ...series.map(({ totals, colour }) => polyline(linePoints(totals, x, y), colour)),
    ...endLabels([all, ...series], y),
  ];
}

/** From the year before the first feature on: a browser that does not exist yet has no line. */
function linePoints(totals, x, y) {
  const from = Math.max(0, totals.findIndex((total) => total > 0) - 1);
  return totals.slice(from).map((total, n) => `${fixed(x(from + n))},${fixed(y(total))}`);
}

const polyline = (points, colour, more = '') =>
  `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2.5" stroke-linejoin="round" ${more}/>`;

/** Each line's name and last value stand at its end, moved apart where they would touch. */
function endLabels(lines, y) {
  const byHeight = [...lines].sort((a, b) => b.totals.at(-1) - a.totals.at(-1));
  let next = -Infinity;
  return byHeight.map(({ label, colour, totals }) => {
    const at = Math.max(y(totals.at(-1)) + 4, next);
    next = at + 17;
    return text(RIGHT + 8, at, `${label} ${grouped(totals.at(-1))}`, { size: 13, weight: 600, fill: colour });
  });
}

/** One column for each year, stacked by kind of feature. */
function newlyPanel({ summary, first, x }) {
  const groups = groupedAreas(summary.newlyByArea, first);
  const sums = summary.newly.slice(first);
  const { y, axis } = countAxis(Math.max(...sums), NEWLY);
  const width = (x(1) - x(0)) * 0.72;
  const columns = sums.flatMap((sum, n) => [
    ...column({ groups, n, left: x(n) - width / 2, width, y }),
    ...(sum === 0
      ? []
      : [text(x(n), y(sum) - 5, grouped(sum), { size: 10.5, anchor: 'middle', fill: '#333' })]),
  ]);
  return [
    text(LEFT, NEWLY.top - 38, 'Newly available: the last of the browsers gained it that year', {
      size: 14,
      weight: 600,
    }),
    ...axis,
    ...columns,
    ...legend(groups),
    ...latecomer({ summary, first, x }),
  ];
}

/** Says why the columns begin where they do: no feature is in all browsers before the youngest of them exists. */
function latecomer({ summary, first, x }) {
  const beginnings = summary.main.map((browser) => summary.gained[browser].findIndex((count) => count > 0));
  const latest = Math.max(...beginnings);
  if (latest === first) return [];
  const words = `${capitalised(summary.main[beginnings.indexOf(latest)])} begins in ${summary.years[latest]}`;
  return [text(x(latest - first - 1) + 8, NEWLY.top + 30, words, { size: 12, anchor: 'end', fill: '#555' })];
}

function groupedAreas(newlyByArea, first) {
  const named = GROUPS.flatMap(({ areas }) => areas);
  const others = Object.keys(newlyByArea).filter((area) => !named.includes(area));
  return [...GROUPS, { ...OTHERS, areas: others }].map((group) => ({
    ...group,
    counts: addLists(group.areas.map((area) => newlyByArea[area] ?? [])).slice(first),
  }));
}

const addLists = (lists) => lists.reduce((sum, list) => list.map((count, n) => count + (sum[n] ?? 0)), []);

function column({ groups, n, left, width, y }) {
  let below = 0;
  return groups
    .filter(({ counts }) => counts[n] > 0)
    .map(({ colour, counts }) => {
      const [bottom, top] = [y(below), y(below + counts[n])];
      below += counts[n];
      return `<rect x="${fixed(left)}" y="${fixed(top)}" width="${fixed(width)}" height="${fixed(bottom - top)}" fill="${colour}"/>`;
    });
}

/** In the order in which the parts of a column are stacked, from the top. */
const legend = (groups) =>
  [...groups].reverse().flatMap(({ label, colour }, n) => {
    const y = NEWLY.top + 14 + n * 20;
    return [
      `<rect x="${RIGHT + 8}" y="${y - 10}" width="12" height="12" fill="${colour}"/>`,
      text(RIGHT + 26, y, label, { size: 12 }),
    ];
  });

/** Horizontal lines at round numbers; gives the scale that goes with them. */
function countAxis(max, { top, bottom }) {
  const step = roundStep(max / 5);
  const end = Math.ceil(max / step) * step;
  const y = scale([0, end], [bottom, top]);
  const ticks = Array.from({ length: end / step + 1 }, (_, n) => n * step);
  const axis = ticks.flatMap((tick) => [
    `<line x1="${LEFT}" x2="${RIGHT}" y1="${fixed(y(tick))}" y2="${fixed(y(tick))}" stroke="${tick === 0 ? '#444' : '#e3e3e3'}"/>`,
    text(LEFT - 8, y(tick) + 4, grouped(tick), { size: 11, anchor: 'end', fill: '#555' }),
  ]);
  return { y, axis };
}

function roundStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough);
}

const yearAxis = (years, x, { bottom }) =>
  years.map((year, n) =>
    text(x(n), bottom + 18, `’${String(year).slice(2)}`, { size: 11, anchor: 'middle', fill: '#555' }),
  );

const scale =
  ([fromLow, fromHigh], [toLow, toHigh]) =>
  (value) =>
    toLow + ((value - fromLow) / (fromHigh - fromLow)) * (toHigh - toLow);

function text(x, y, words, { size, weight = 400, fill = '#222', anchor = 'start' }) {
  const attributes = `font-size="${size}" font-weight="${weight}" fill="${fill}" text-anchor="${anchor}"`;
  return `<text x="${fixed(x)}" y="${fixed(y)}" ${attributes}>${escaped(words)}</text>`;
}

const escaped = (words) => words.replace(/[&<]/g, (c) => (c === '&' ? '&amp;' : '&lt;'));
const fixed = (value) => Number(value.toFixed(1));
const grouped = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, ',');
const capitalised = (word) => word[0].toUpperCase() + word.slice(1);
