// Fills docs/transports.md from measurements: otto bench --full --json > r.json && node scripts/write-transports.mjs r.json
// Between the two comments of a table everything is replaced; the words around them are written by people.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DOCUMENT = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs/transports.md');
const MIB = 2 ** 20;

const [file] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('usage: node scripts/write-transports.mjs RESULT.json\n');
  process.exit(2);
}
const result = JSON.parse(readFileSync(file, 'utf8'));

const digits = (number) => String(Number(number.toPrecision(3)));
function time(seconds) {
  if (seconds >= 1) return `${digits(seconds)} s`;
  return seconds >= 1e-3 ? `${digits(seconds * 1e3)} ms` : `${digits(Math.max(0, seconds) * 1e6)} µs`;
}
function size(bytes) {
  const step = Math.min(3, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${digits(bytes / 1024 ** step)} ${['bytes', 'KiB', 'MiB', 'GiB'][step]}`;
}
const lines = (titles, rows) =>
  [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** What the numbers were measured on: its class, not which one it is. */
function machine() {
  const { cores, memoryBytes, platform, fileSystem, node, bash } = result.machine;
  const memory = `${Math.round(memoryBytes / 2 ** 30)} GiB`;
  const versions = `Node ${node.split('.')[0]}, bash ${bash.split('.').slice(0, 2).join('.')}`;
  // A machine with time for it does more.
  const hurried =
    result.rounds < 3 ? ' Too few rounds for more than orders of magnitude: the machine was busy.' : '';
  return `${cores} cores, ${memory}, ${platform}, ${fileSystem}, ${versions}; medians of ${result.rounds} rounds, ${result.measuredAt.slice(0, 10)}.${hurried}`;
}

const sizes = [...new Set(result.ways.flatMap(({ loads }) => loads.map(({ bytes }) => bytes)))].sort(
  (a, b) => a - b,
);
const [small] = sizes;
const large = sizes.filter((bytes) => bytes >= MIB);
const loadOf = ({ loads }, bytes) => loads.find((load) => load.bytes === bytes);
const missing = ({ missing: why }) => `not measured: ${why.split('\n')[0].replace(/^otto: /, '')}`;

function speed(way, bytes) {
  const cost = loadOf(way, bytes)?.otto.cost;
  if (!cost) return '–';
  return cost.bytesPerSecond === null ? 'not told from nothing' : `${size(cost.bytesPerSecond)}/s`;
}
function performance() {
  const rows = result.ways.map((way) => {
    if (way.missing !== null) return [`\`${way.name}\``, missing(way), ...sizes.map(() => '')];
    const latency = loadOf(way, small)?.otto.cost;
    return [
      `\`${way.name}\``,
      latency ? time(latency.secondsPerValue) : '–',
      ...sizes.slice(1).map((bytes) => speed(way, bytes)),
      ratio(way),
    ];
  });
  return lines(
    ['way', `a value of ${size(small)}`, ...sizes.slice(1).map(size), 'against the tool by hand'],
    rows,
  );
}
/** At the largest size for which there is one. */
function ratio(way) {
  for (const bytes of [...sizes].reverse()) {
    const [hand] = loadOf(way, bytes)?.byHand ?? [];
    if (hand?.ratio != null) return `${hand.ratio.toFixed(2)} × ${hand.name}, ${size(bytes)}`;
  }
  return '–';
}
function resources() {
  const at = large.findLast((bytes) => result.ways.some((way) => loadOf(way, bytes)?.otto.cost)) ?? small;
  const rows = result.ways
    .filter((way) => loadOf(way, at)?.otto.cost)
    .map((way) => {
      const { values, otto } = loadOf(way, at);
      const { cpuSeconds, peakBytes, diskBytes } = otto.cost;
      const part = (bytes) => (bytes === null ? '–' : `${(bytes / (at * values)).toFixed(2)} ×`);
      return [
        `\`${way.name}\``,
        cpuSeconds === null ? '–' : time(Math.max(0, cpuSeconds)),
        part(peakBytes),
        part(diskBytes),
      ];
    });
  return `Passing ${size(at)}; memory and disk as multiples of the bytes passed.\n\n${lines(['way', 'CPU', 'peak memory', 'written to disk'], rows)}`;
}
const features = () =>
  lines(
    ['way', 'what it is', 'largest value', 'types', 'while the task runs', 'kept in history', 'readers'],
    result.ways.map(({ name, title, traits: { largestValue, types, whileRunning, kept, readers } }) => [
      `\`${name}\``,
      title,
      ...[largestValue, types, whileRunning, kept, readers],
    ]),
  );

let text = readFileSync(DOCUMENT, 'utf8');
for (const [name, content] of Object.entries({ machine, performance, resources, features })) {
  const pattern = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- end -->)`);
  if (!pattern.test(text)) throw new Error(`docs/transports.md has no place for the table "${name}"`);
  text = text.replace(pattern, (_, start, end) => `${start}${content()}\n${end}`);
}
writeFileSync(DOCUMENT, text);
