import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { LIMITS } from '../../src/measure/ways/limits.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const DOCUMENT = join(ROOT, 'docs/transports.md');
const spread = { median: 2, low: 2, high: 2 };
const cost = {
  seconds: spread,
  secondsPerValue: 2,
  bytesPerSecond: 2 ** 20,
  cpuSeconds: 1,
  diskBytes: 2 ** 21,
  peakBytes: null,
};
const RESULT = {
  version: 1,
  measuredAt: '2026-01-02T03:04:05Z',
  machine: {
    cores: 4,
    memoryBytes: 2 ** 33,
    platform: 'p',
    node: '20.1.2',
    bash: '5.2.1',
    fileSystem: 'ext4',
  },
  rounds: 5,
  ways: Object.entries(LIMITS).map(([name, traits]) => ({
    name,
    kind: 'store',
    title: name,
    traits,
    missing: name === 'redis' ? 'noise\notto: there is no | server\nnext step' : null,
    loads: [2 ** 20].map((bytes) => ({
      bytes,
      values: 1,
      otto: name === 'env' ? { cost: null, refused: 'at most 128 KiB' } : { cost, refused: null },
      byHand: [
        { name: 'tool', values: 1, measured: { cost: null, refused: 'tool is not installed' }, ratio: null },
      ],
    })),
    calls: [{ language: 'python', bytes: 16, measured: { seconds: spread, refused: null } }],
    scriptCharacters: { otto: 10, byHand: 20 },
  })),
};

test('every table comes from the result, with the reasons below; the words around them stay', () => {
  const root = mkdtempSync(join(tmpdir(), 'otto-transports-'));
  try {
    const [result, document] = [join(root, 'r.json'), join(root, 'd.md')];
    writeFileSync(result, JSON.stringify(RESULT));
    copyFileSync(DOCUMENT, document);
    const write = () =>
      spawnSync(process.execPath, [join(ROOT, 'scripts/write-transports.mjs'), result, document], {
        encoding: 'utf8',
      });
    expect(write().stderr).toBe('');
    const text = readFileSync(document, 'utf8');
    expect(text).toContain('4 cores, 8 GiB, p, ext4, Node 20, bash 5.2; medians of 5 rounds, 2026-01-02.\n');
    expect(text).toMatch(/\(1\) there is no \\\| server {2}\n\(2\) at most 128 KiB\n/);
    expect(text).toContain('| `files` | tool | – (1) |');
    expect(text).toContain('(1) tool is not installed');
    expect(text).toContain('| `files` | 2 s |');
    expect(text).toContain('| `files` | 1 s | – | 2.00 × |');
    expect(text).toContain(
      '| `env` | `export OTTO_OUT_KEY=value` | `$OTTO_IN_TASK_KEY` | nothing | 10 / 20 |',
    );
    const words = (all: string) => all.replaceAll(/(<!-- (?!end)\w+ -->\n)[\s\S]*?(<!-- end -->)/g, '$1$2');
    expect(words(text)).toBe(words(readFileSync(DOCUMENT, 'utf8')));
    write();
    expect(readFileSync(document, 'utf8')).toBe(text);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('what each way can do stands in the document as it is in the code', () => {
  const text = readFileSync(DOCUMENT, 'utf8');
  for (const [name, { largestValue, readers, needs }] of Object.entries(LIMITS)) {
    expect(text).toMatch(
      new RegExp(
        `^\\| \`${name}\` \\|.*\\| ${largestValue.replaceAll(/[()]/g, '\\$&')} \\|.*\\| ${readers} \\|$`,
        'm',
      ),
    );
    expect(text).toMatch(
      new RegExp(`^\\| \`${name}\` \\|.*\\| ${needs.replaceAll(/[()]/g, '\\$&')} \\|`, 'm'),
    );
  }
});
