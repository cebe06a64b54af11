// Fills docs/transports.md from measurements: otto bench --full --json > r.json && node scripts/write-transports.mjs r.json [DOCUMENT]
// Between the two comments of a table everything is replaced; the words around them are written by people.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DOCUMENT = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs/transports.md');
const MIB = 2 ** 20;
/** In fewer rounds one that was disturbed is half of the median. */
const TELLING_ROUNDS = 3;

const [file, document = DOCUMENT] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('usage: node scripts/write-transports.mjs RESULT.json [DOCUMENT]\n');
  process.exit(2);
}
const result = JSON.parse(readFileSync(file, 'utf8'));
const { ways } = result;

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
const code = (text) => `\`${text.replaceAll('|', '\\|')}\``;
const escaped = (text) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

/** Of what a run said, the first line that otto says, or else the last one. */
function reason(words) {
  const said = words.split('\n').filter(Boolean);
  const line = said.find((each) => each.startsWith('otto: ')) ?? said.at(-1) ?? words;
  return escaped(line.replace(/^otto: /, ''));
}

/** What the numbers were measured on: its class, not which one it is. */
function machine() {
  const { cores, memoryBytes, platform, fileSystem, node, bash } = result.machine;
  const memory = `${Math.round(memoryBytes / 2 ** 30)} GiB`;
  const versions = `Node ${node.split('.')[0]}, bash ${bash.split('.').slice(0, 2).join('.')}`;
  const few =
    result.rounds < TELLING_ROUNDS
      ? ` So few rounds tell the order of magnitude: to be measured again with \`--full\`.`
      : '';
  return `${cores} cores, ${memory}, ${platform}, ${fileSystem}, ${versions}; medians of ${result.rounds} rounds, ${result.measuredAt.slice(0, 10)}.${few}`;
}

const sizes = [...new Set(ways.flatMap(({ loads }) => loads.map(({ bytes }) => bytes)))].sort(
  (a, b) => a - b,
);
const [small] = sizes;
const loadOf = ({ loads }, bytes) => loads.find((load) => load.bytes === bytes);

/** Reasons stand below a table, each once, with a number in the cells that they are for. */
function footnotes() {
  const reasons = [];
  const mark = (words) => {
    const text = reason(words);
    if (!reasons.includes(text)) reasons.push(text);
    return `– (${reasons.indexOf(text) + 1})`;
  };
  const text = () =>
    reasons.length === 0 ? '' : `\n\n${reasons.map((each, at) => `(${at + 1}) ${each}`).join('  \n')}`;
  return { mark, text };
}

function speed(cost) {
  return cost.bytesPerSecond === null ? 'too little to tell' : `${size(cost.bytesPerSecond)}/s`;
}
function latency(cost) {
  return cost.bytesPerSecond === null ? 'too little to tell' : time(cost.secondsPerValue);
}
function performance() {
  const { mark, text } = footnotes();
  const cellOf = (way, bytes) => {
    const { cost, refused } = loadOf(way, bytes)?.otto ?? {};
    if (way.missing !== null) return mark(way.missing);
    if (!cost) return refused ? mark(refused) : '–';
    return bytes === small ? latency(cost) : speed(cost);
  };
  const rows = ways.map((way) => [code(way.name), ...sizes.map((bytes) => cellOf(way, bytes))]);
  const table = lines(['way', `a value of ${size(small)}`, ...sizes.slice(1).map(size)], rows);
  return `${table}${text()}`;
}

/** A row for each tool; a column for each size: otto's time as a multiple of the tool's. */
function byHand() {
  const { mark, text } = footnotes();
  const cellOf = (way, bytes, name) => {
    const load = loadOf(way, bytes);
    const hand = load?.byHand.find((each) => each.name === name);
    if (hand === undefined || load.otto.refused !== null) return '–';
    if (hand.measured.refused !== null) return mark(hand.measured.refused);
    return hand.ratio === null ? 'too little to tell' : `${hand.ratio.toFixed(2)} ×`;
  };
  const rows = ways
    .filter(({ missing }) => missing === null)
    .flatMap((way) =>
      (way.loads[0]?.byHand ?? []).map(({ name }) => [
        code(way.name),
        name,
        ...sizes.map((bytes) => cellOf(way, bytes, name)),
      ]),
    );
  return `${lines(['way', 'by hand', ...sizes.map(size)], rows)}${text()}`;
}

function calls() {
  const { mark, text } = footnotes();
  const languages = [...new Set(ways.flatMap((way) => way.calls.map(({ language }) => language)))];
  const cellOf = (way, language) => {
    const measured = way.calls.find((each) => each.language === language)?.measured;
    if (measured === undefined) return '–';
    return measured.seconds === null ? mark(measured.refused) : time(measured.seconds.median);
  };
  const rows = ways
    .filter((way) => way.calls.length > 0)
    .map((way) => [code(way.name), ...languages.map((language) => cellOf(way, language))]);
  return `${lines(['way', ...languages], rows)}${text()}`;
}

function resources() {
  const at =
    sizes.findLast((bytes) => bytes >= MIB && ways.some((way) => loadOf(way, bytes)?.otto.cost)) ?? small;
  const { mark, text } = footnotes();
  const rows = ways.map((way) => {
    const { cost, refused } = loadOf(way, at)?.otto ?? {};
    if (!cost) return [code(way.name), mark(way.missing ?? refused ?? 'not measured'), '–', '–'];
    const { values } = loadOf(way, at);
    const { cpuSeconds, peakBytes, diskBytes } = cost;
    const part = (bytes) => (bytes === null ? '–' : `${(bytes / (at * values)).toFixed(2)} ×`);
    const cpu = cpuSeconds === null ? '–' : time(Math.max(0, cpuSeconds) / values);
    return [code(way.name), cpu, part(peakBytes), part(diskBytes)];
  });
  const table = lines(['way', 'CPU', 'peak memory', 'written to disk'], rows);
  return `Passing ${size(at)}; memory and disk as multiples of the bytes passed.\n\n${table}${text()}`;
}

const complexity = () =>
  lines(
    ['way', 'a task writes', 'a task reads', 'needs besides otto', 'characters by otto / by hand'],
    ways.map(({ name, traits: { write, read, needs }, scriptCharacters: { otto, byHand: hand } }) => [
      code(name),
      code(write),
      code(read),
      needs,
      hand === null ? `${otto} / –` : `${otto} / ${hand}`,
    ]),
  );

const features = () =>
  lines(
    ['way', 'what it is', 'largest value', 'types', 'while the task runs', 'kept in history', 'readers'],
    ways.map(({ name, title, traits: { largestValue, types, whileRunning, kept, readers } }) => [
      code(name),
      ...[title, largestValue, types, whileRunning, kept, readers].map(escaped),
    ]),
  );

let text = readFileSync(document, 'utf8');
for (const [name, content] of Object.entries({
  machine,
  performance,
  byHand,
  calls,
  resources,
  complexity,
  features,
})) {
  const pattern = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- end -->)`);
  if (!pattern.test(text)) throw new Error(`${document} has no place for the table "${name}"`);
  text = text.replace(pattern, (_, start, end) => `${start}${content()}\n${end}`);
}
writeFileSync(document, text);
