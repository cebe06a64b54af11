import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

test('the example of docs/library.md runs in a program of its own', () => {
  const [, code = ''] =
    /```js\n([^`]+(?:`[^`]+`[^`]*)*?)```/.exec(readFileSync(join(ROOT, 'docs/library.md'), 'utf8')) ?? [];
  expect(code).toContain("from 'otto/shm'");
  const directory = mkdtempSync(join(tmpdir(), 'otto-library-'));
  try {
    mkdirSync(join(directory, 'node_modules'));
    symlinkSync(ROOT, join(directory, 'node_modules', 'otto'));
    const shown = code.replace(/^(region\.get.*|openRegion.*view\([^)]*\));/gm, 'console.log($1);');
    writeFileSync(join(directory, 'program.mjs'), shown.replace('my-program', `my-program-${process.pid}`));
    const { status, stdout, stderr } = spawnSync(process.execPath, ['program.mjs'], {
      cwd: directory,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout).toBe('value\nUint8Array(3) [ 1, 2, 3 ]\n');
    expect(status).toBe(0);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
