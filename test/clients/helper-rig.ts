import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { bashBuiltinsPath, helpersDirectory } from '../../src/data/installation.ts';
import type { Region } from '../../src/data/native.ts';
import { type RegionRig, regionRig } from '../support/region-rig.ts';

/** How a bash script calls the helpers: as programs, or as builtins of its own. */
export const WAYS = ['program', 'builtin'] as const;
export type Way = (typeof WAYS)[number];

export interface HelperResult {
  readonly end: number | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The builtins; a test that needs them fails where they were not built (Debian: apt-get install bash-builtins). */
export function builtins(): string {
  const path = bashBuiltinsPath();
  if (path === null) throw new Error('there are no builtins: install bash-builtins, then npm run install');
  return path;
}

/** A task "own" that depends on "dep" (some values, sealed) and not on "other", and bash scripts that run as it. */
export class HelperRig {
  readonly regions: RegionRig = regionRig();
  readonly own: Region = this.regions.run.createTask('own', ['dep', 'empty']);
  /** An empty directory in which the scripts run. */
  readonly work: string = mkdtempSync(join(tmpdir(), 'otto-helpers-'));

  constructor() {
    onTestFinished(() => rmSync(this.work, { recursive: true, force: true }));
    fill(this.regions.createTask('dep'));
    this.regions.createTask('empty').seal();
    this.regions.createTask('other').setString('secret', 'x');
  }

  /** `$B` is the builtins' file, `$DIR` the task's directory. */
  run(way: Way, script: string): HelperResult {
    const load = way === 'builtin' ? 'enable -f "$B" otto-mmap-get otto-mmap-set || exit 99\n' : '';
    return this.bash(`${load}${script}`);
  }

  bash(script: string, wrapper: readonly string[] = []): HelperResult {
    const [file = 'bash', ...args] = [...wrapper, 'bash', '--norc', '-c', script];
    const { status, signal, stdout, stderr } = spawnSync(file, args, {
      cwd: this.work,
      encoding: 'latin1',
      input: '',
      maxBuffer: 1 << 26,
      timeout: 50_000,
      killSignal: 'SIGKILL',
      env: {
        ...process.env,
        PATH: `${helpersDirectory()}:${process.env.PATH}`,
        OTTO_SHM_DIR: this.regions.run.directory,
        OTTO_TASK: 'own',
        DIR: this.regions.directoryOf('own'),
        B: bashBuiltinsPath() ?? '',
      },
    });
    return { end: signal ?? status, stdout, stderr };
  }

  /** What the task has set: key -> type and bytes (latin1; of long values the length). */
  values(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      this.own.entries().map(({ key, type, bytes }) => {
        const shown = bytes > 1000 ? `${bytes} bytes` : this.own.getBytes(key)?.toString('latin1');
        return [key, `${type} ${shown}`];
      }),
    );
  }
}

function fill(region: Region): void {
  region.setString('k', 'value');
  region.setString('lines', '\n\na\n\n');
  region.setString('empty', '');
  region.setBytes('nul', Buffer.from([65, 0, 66]));
  region.setBytes('bytes', Buffer.from([0xff, 0xc3, 0x28]));
  region.setJson('null', 'null');
  region.setNumber('number', -42);
  region.setString('x[$(touch ran)]', 'hostile key');
  region.setString('evil', 'a[$(touch ran)]');
  region.setString('5 MB', 'é\n'.repeat(1_666_667));
  for (const more of [-1, 0, 1]) region.setBytes(`1 MiB ${more}`, Buffer.alloc(2 ** 20 + more, 0x78));
  region.seal();
}
