import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const MAIN = ['chrome', 'edge', 'firefox', 'safari'];

interface Table {
  readonly features: readonly string[];
  readonly browsers: Readonly<
    Record<string, Record<'version' | 'date', (string | null)[]> & { approximate: boolean[] }>
  >;
}

interface Summary {
  readonly years: readonly number[];
  readonly gained: Readonly<Record<string, readonly number[]>>;
  readonly newly: readonly number[];
  readonly available: readonly number[];
  readonly newlyByArea: Readonly<Record<string, readonly number[]>>;
}

/** The example as a user has it: copied somewhere, with the data beside it. */
const place = mkdtempSync(join(tmpdir(), 'otto-example-'));
let printed = '';
let table: Table;
let summary: Summary;

const outputOf = (task: string) => {
  const history = join(place, 'output', 'history');
  const [folder = ''] = readdirSync(history).filter((name) => name.startsWith('browser-support-'));
  return JSON.parse(
    readFileSync(join(history, folder, 'latest', 'tasks', task, `output.${task}.json`), 'utf8'),
  );
};

beforeAll(() => {
  cpSync(join(ROOT, 'examples', 'browser-support'), place, {
    recursive: true,
    filter: (path) => !/\/(output|__pycache__)$/.test(path),
  });
  symlinkSync(join(ROOT, 'node_modules'), join(place, 'node_modules'));
  const { OTTO_HOME: _, ...env } = process.env;
  printed = execFileSync(join(place, 'run.sh'), {
    encoding: 'utf8',
    env: { ...env, OTTO: join(ROOT, 'dist', 'cli.js') },
  });
  table = outputOf('parse').table;
  summary = outputOf('summarize').summary;
}, 300_000);
afterAll(() => rmSync(place, { recursive: true, force: true }));

test('both ways leave the same JSON, and it is told how long each took', () => {
  expect(printed).toContain('both runs left the same JSON');
  for (const run of ['files', 'shared-memory']) {
    const tasks = ['load', 'parse', 'summarize', 'report'].map(
      (task) => ` *${task} +\\S+( \\S+)? +succeeded\n`,
    );
    expect(printed).toMatch(
      new RegExp(`\n${run}: \\d+ ms in total\n *TASK +TIME +RESULT\n${tasks.join('')}`),
    );
  }
});

/** The same counts once more, directly from the data and written on another plan: collect all dates, then look. */
interface Node {
  readonly __compat?: { readonly support: Record<string, Statement | Statement[]> };
}
type Statement = Readonly<Record<string, unknown>> & { readonly version_added: string | false };
interface Data {
  readonly __meta: { readonly timestamp: string; readonly version: string };
  readonly browsers: Record<string, { releases: Record<string, { release_date?: string }> }>;
}

const data = JSON.parse(
  readFileSync(join(ROOT, 'node_modules/@mdn/browser-compat-data/data.json'), 'utf8'),
) as Data;

const releaseDate = (browser: string, version: string): string | null => {
  const date = data.browsers[browser]?.releases[version.replace('≤', '')]?.release_date;
  return date !== undefined && new Date(date) <= new Date(data.__meta.timestamp) ? date : null;
};

function counts(browser: string, statement: Statement): boolean {
  const { version_added: added, version_removed: removed } = statement;
  if (added === false || releaseDate(browser, added) === null) return false;
  if (typeof removed === 'string' && releaseDate(browser, removed) !== null) return false;
  return !(
    statement.flags ||
    statement.prefix ||
    statement.alternative_name ||
    statement.partial_implementation
  );
}

function collect(node: Node, path: string, found: Map<string, Map<string, string>>): void {
  for (const [key, value] of Object.entries(node)) {
    if (key !== '__compat') {
      collect(value as Node, path === '' ? key : `${path}.${key}`, found);
      continue;
    }
    const dates = Object.entries((value as NonNullable<Node['__compat']>).support).flatMap(
      ([browser, support]) => {
        const first = [support].flat().find((statement) => counts(browser, statement));
        return first === undefined
          ? []
          : [[browser, releaseDate(browser, String(first.version_added)) as string] as const];
      },
    );
    found.set(path, new Map(dates));
  }
}

const { __meta, browsers, ...trees } = data as Data & Record<string, Node>;
const expected = new Map<string, Map<string, string>>();
collect(trees as Node, '', expected);

describe('the numbers are those of the data', () => {
  test('every feature is in the table, with the date on which each browser gained it', () => {
    expect([...table.features].sort()).toEqual([...expected.keys()].sort());
    expect(Object.keys(table.browsers).sort()).toEqual(Object.keys(browsers).sort());
    const wrong = table.features.flatMap((feature, row) =>
      Object.keys(browsers).filter(
        (browser) => table.browsers[browser]?.date[row] !== (expected.get(feature)?.get(browser) ?? null),
      ),
    );
    expect(wrong).toEqual([]);
  });

  const row = (feature: string) => table.features.indexOf(feature);
  test.each([
    ['javascript.builtins.Array.at', 'chrome', '92', '2021-07-20'],
    ['javascript.builtins.Array.at', 'safari', '15.4', '2022-03-14'],
    ['api.fetch', 'firefox', '39', '2015-07-02'],
    ['css.properties.grid', 'edge', '16', '2017-10-17'],
  ])('%s came to %s with version %s', (feature, browser, version, date) => {
    expect(table.browsers[browser]?.version[row(feature)]).toBe(version);
    expect(table.browsers[browser]?.date[row(feature)]).toBe(date);
  });

  test('versions marked ≤ are there, and marked approximate', () => {
    const statement = Object.entries(browsers).flatMap(([browser]) =>
      table.features.filter((_, n) => table.browsers[browser]?.approximate[n]).map((name) => [browser, name]),
    );
    const raw = (browser: string, feature: string) => {
      const node = feature.split('.').reduce((at, key) => (at as never)[key], trees as Node);
      return [node.__compat?.support[browser] ?? []].flat();
    };
    expect(statement.length).toBeGreaterThan(1000);
    const exact = statement.filter(
      ([browser = '', name = '']) =>
        !raw(browser, name).some((one) => String(one.version_added).startsWith('≤')),
    );
    expect(exact).toEqual([]);
  });

  const inYear = (dates: Iterable<string>, year: number): number =>
    [...dates].filter((date) => new Date(date).getUTCFullYear() === year).length;

  test('features gained are counted for every browser and year', () => {
    for (const browser of Object.keys(browsers)) {
      const dates = [...expected.values()].flatMap((feature) => feature.get(browser) ?? []);
      expect(summary.gained[browser], browser).toEqual(summary.years.map((year) => inYear(dates, year)));
    }
  });

  test('a feature is newly available in the year in which the last main browser gained it', () => {
    const completed = [...expected].flatMap(([feature, dates]) => {
      const days = MAIN.flatMap((browser) => dates.get(browser) ?? []);
      return days.length < MAIN.length
        ? []
        : [{ area: feature.split('.')[0], day: days.sort().reverse()[0] as string }];
    });
    const newly = summary.years.map((year) =>
      inYear(
        completed.map(({ day }) => day),
        year,
      ),
    );
    expect(summary.newly).toEqual(newly);
    expect(summary.available.at(-1)).toBe(completed.length);
    const css = completed.filter(({ area }) => area === 'css').map(({ day }) => day);
    expect(summary.newlyByArea.css).toEqual(summary.years.map((year) => inYear(css, year)));
  });
});

test('the report shows the numbers of each year', () => {
  for (const [n, year] of summary.years.entries()) {
    const numbers = [
      ...MAIN.map((browser) => summary.gained[browser]?.[n]),
      summary.newly[n],
      summary.available[n],
    ];
    const line = printed.split('\n').find((text) => text.startsWith(`${year} `));
    if (MAIN.some((browser) => Number(summary.gained[browser]?.[n]) > 0)) {
      expect(line?.replace(/#*$/, '').trim().split(/ +/)).toEqual([year, ...numbers].map(String));
    } else expect(line).toBeUndefined();
  }
  expect(printed).toContain(`${expected.size} features of the web`);
});

test('the chart is one SVG with a line for each browser, in the output directory and as a value', () => {
  const svg = readFileSync(join(place, 'output', 'browser-support.svg'), 'utf8');
  expect(outputOf('summarize').chart).toBe(svg);
  expect(printed).toContain(join(place, 'output', 'browser-support.svg'));
  expect(svg).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
  expect(svg.match(/<polyline /g)).toHaveLength(MAIN.length + 1);
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  for (const name of ['Chrome', 'Edge', 'Firefox', 'Safari']) expect(svg).toContain(`>${name} `);
});
