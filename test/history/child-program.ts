import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

/** A TypeScript file of the tests, bundled so that other processes of Node can run it. */
export interface Program {
  /** `unprivileged`: as nobody when the tests run as root, who may write everywhere. */
  start(args: readonly string[], who?: 'unprivileged'): ChildProcess;
  remove(): void;
}

const NOBODY = 65534;

export async function bundleProgram(entry: string): Promise<Program> {
  const directory = mkdtempSync(join(tmpdir(), 'otto-program-'));
  const outfile = join(directory, 'program.cjs');
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    // The compiled part of better-sqlite3 is looked for from the source tree, as it is under test.
    define: { 'import.meta.dirname': JSON.stringify(import.meta.dirname) },
    logLevel: 'error',
  });
  chmodSync(directory, 0o755);
  return {
    start: (args, who) =>
      spawn(process.execPath, [outfile, ...args], {
        stdio: ['pipe', 'pipe', 'inherit'],
        ...(who === 'unprivileged' && process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}),
      }),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
