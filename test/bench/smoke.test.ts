import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { compare, summarize } from '../../bench/measure/statistics.ts';
import { isMeasured, type PartResult, type Results } from '../../bench/result.ts';
import { findPackage } from '../../bench/rivals.ts';

const out = mkdtempSync(join(tmpdir(), 'otto-bench-test-'));
afterAll(() => rmSync(out, { recursive: true, force: true }));

const ROUNDS = 2;

/** A machine that is busy with other tests takes its time. */
const PATIENCE_MS = 240_000;

function bench(...parts: string[]): PartResult[] {
  const tiny = ['--quick', '--bytes', '100000', '--rounds', String(ROUNDS), '--no-install', '--out', out];
  const run = spawnSync(process.execPath, ['bench/main.mjs', ...parts, ...tiny], { encoding: 'utf8' });
  expect(run.stderr).not.toContain('Error');
  expect(run.status).toBe(0);
  expect(readdirSync('/dev/shm').filter((name) => name.startsWith(`otto-bench-${run.pid}-`))).toEqual([]);
  const results = JSON.parse(readFileSync(join(out, 'latest.json'), 'utf8')) as Results;
  return results.parts.filter(({ part }) => parts.includes(part));
}

/** What must hold for every part, whatever the numbers are. */
function expectSound(part: PartResult | undefined): void {
  expect(part?.rows.length).toBeGreaterThan(0);
  for (const { series, comparisons } of part?.rows ?? []) {
    const samples = new Map(series.filter(isMeasured).map((one) => [one.name, one.samples]));
    for (const one of series.filter(isMeasured)) {
      expect(one.samples).toHaveLength(ROUNDS);
      expect(Math.min(...one.samples)).toBeGreaterThan(0);
      expect(one.summary.median).toBeCloseTo(summarize(one.samples).median);
    }
    for (const { subject, baseline, ratio } of comparisons) {
      const again = compare(samples.get(subject) ?? [], samples.get(baseline) ?? []);
      expect(ratio / again.ratio).toBeCloseTo(1, 2);
    }
  }
}

test(
  'helpers, chain and tasks are measured, published together and leave nothing in memory',
  () => {
    const parts = bench('a', 'c', 'd');
    expect(parts.map(({ part }) => part)).toEqual(['a', 'c', 'd']);
    for (const part of parts) expectSound(part);
    expect(parts.flatMap(({ checks }) => checks.map(({ what }) => what))).toEqual([
      expect.stringContaining('a Python view'),
      expect.stringContaining('a Node view'),
      expect.stringContaining('100 independent no-op tasks'),
    ]);
  },
  PATIENCE_MS,
);

test(
  'curves of growth are measured, drawn and tabled',
  () => {
    const [part] = bench('e');
    expectSound(part);
    const curves = new Set(part?.rows.flatMap(({ point }) => point?.curve ?? []));
    // Calls in a process are timed by a package that only a full measurement installs.
    expect([...curves]).toEqual(
      findPackage('benchmark') === null ? ['size', 'writers'] : ['size', 'keys', 'writers'],
    );
    const document = readFileSync(join(out, 'performance.md'), 'utf8');
    for (const name of curves) {
      expect(document).toContain(`performance/growth-${name}.svg`);
      expect(readFileSync(join(out, 'performance', `growth-${name}.svg`), 'utf8')).toContain('<path d="M');
    }
  },
  PATIENCE_MS,
);

test(
  'a part measured later joins the others, with its charts and tables',
  () => {
    expectSound(bench('b')[0]);
    const document = readFileSync(join(out, 'performance.md'), 'utf8');
    for (const { part } of (JSON.parse(readFileSync(join(out, 'latest.json'), 'utf8')) as Results).parts) {
      expect(document).toContain(`<!-- bench:${part} -->`);
    }
    const charts = [...document.matchAll(/\]\((performance\/[^)]+)\)/g)].map(([, file]) => file as string);
    expect(charts.length).toBeGreaterThan(0);
    expect(charts.filter((file) => !existsSync(join(out, file)))).toEqual([]);
  },
  PATIENCE_MS,
);

test('a part that does not exist is refused before anything is measured', () => {
  const run = spawnSync(process.execPath, ['bench/main.mjs', 'z'], { encoding: 'utf8' });
  expect(run.status).toBe(2);
  expect(run.stderr).toContain('there is no part "z"');
});
