import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../src/data/installation.ts';
import { type PartResult, partNames, type Results } from '../result.ts';
import { benchDirectory } from '../rivals.ts';
import { chartsOf } from './charts.ts';
import { betweenMarks, renderDocument } from './markdown.ts';
import { renderWays } from './ways.ts';

/** The files of a measurement: the numbers, the document that shows them, and its charts. */
interface Places {
  readonly results: string;
  readonly document: string;
  readonly charts: string;
}

const placesIn = (out: string | null): Places =>
  out === null
    ? {
        results: join(benchDirectory, 'results', 'latest.json'),
        document: join(packageRoot, 'docs', 'performance.md'),
        charts: join(packageRoot, 'docs', 'performance'),
      }
    : {
        results: join(out, 'latest.json'),
        document: join(out, 'performance.md'),
        charts: join(out, 'performance'),
      };

export function readResults(out: string | null): Results {
  const { results } = placesIn(out);
  if (!existsSync(results)) return { version: 1, parts: [] };
  return JSON.parse(readFileSync(results, 'utf8')) as Results;
}

/** Puts the parts that were measured in the place of their older results; each keeps its own date, commit and machine. */
export function publish(measured: readonly PartResult[], out: string | null): void {
  const places = placesIn(out);
  const kept = readResults(out).parts;
  const newest = (name: string) => [...measured, ...kept].filter(({ part }) => part === name).slice(0, 1);
  const results: Results = { version: 1, parts: partNames.flatMap(newest) };
  write(places.results, jsonOf(results));
  for (const [name, svg] of chartsOf(results)) write(join(places.charts, name), svg);
  write(places.document, renderDocument(readIfThere(places.document), results));
  if (out === null) publishWays(results);
}

function publishWays(results: Results): void {
  const readme = join(packageRoot, 'README.md');
  const marks = { begin: '<!-- ways:begin -->', end: '<!-- ways:end -->' };
  const text = betweenMarks(readIfThere(readme), marks, renderWays(results));
  if (text !== null) write(readme, text);
}

const readIfThere = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Samples stand on one line each; four digits are more than any of these measurements can tell. */
function jsonOf(results: Results): string {
  const rounded = (_key: string, value: unknown): unknown =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
  const spread = JSON.stringify(results, rounded, 2);
  return `${spread.replace(/\[[\d.e+\-\s,]+\]/g, (samples) => samples.replace(/\s+/g, ' '))}\n`;
}
