import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { packageRoot } from '../src/data/installation.ts';

/** The programs and packages that otto is measured against. A missing one is named, never left out in silence. */

export const benchDirectory = join(packageRoot, 'bench');
const requireRival = createRequire(join(benchDirectory, 'package.json'));

const APT_PACKAGES: Readonly<Record<string, string>> = {
  make: 'make',
  ninja: 'ninja-build',
  'redis-server': 'redis-server',
  sqlite3: 'sqlite3',
};

/** Absolute path of a program on PATH. */
export function findProgram(name: string): string | null {
  const directories = (process.env.PATH ?? '').split(delimiter).filter((directory) => directory !== '');
  return directories.map((directory) => join(directory, name)).find((path) => existsSync(path)) ?? null;
}

// The compiled programs, not the JavaScript that npm links to: that would cost just and moon the start of a Node.

export const findJust = (): string | null =>
  inPackages(`rust-just-${process.platform}-${process.arch}/bin/just`) ?? findProgram('just');

export const findMoon = (): string | null =>
  inPackages(`@moonrepo/core-${process.platform}-${process.arch}-gnu/moon`) ?? findProgram('moon');

export const findPackage = (name: string): string | null => inPackages(name);

function inPackages(file: string): string | null {
  const path = join(benchDirectory, 'node_modules', file);
  return existsSync(path) ? path : null;
}

/** A package of bench/package.json, or null when it is not installed or does not load here. */
export function loadRival<T>(name: string): T | null {
  try {
    return requireRival(name) as T;
  } catch {
    return null;
  }
}

export function installRivals(say: (line: string) => void): void {
  if (!existsSync(join(benchDirectory, 'node_modules'))) installNpmPackages(say);
  const missing = Object.keys(APT_PACKAGES).filter((program) => findProgram(program) === null);
  if (missing.length > 0)
    installAptPackages(
      missing.map((program) => APT_PACKAGES[program] as string),
      say,
    );
}

function installNpmPackages(say: (line: string) => void): void {
  say('installing what otto is compared with (npm ci in bench/)');
  const headers = join(dirname(dirname(process.execPath)), 'include/node/node_api.h');
  const nodedir = existsSync(headers) ? { npm_config_nodedir: dirname(dirname(dirname(headers))) } : {};
  const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: benchDirectory,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...nodedir },
  });
  if (result.status !== 0) say('npm ci failed: its packages are reported as not measured');
}

function installAptPackages(packages: readonly string[], say: (line: string) => void): void {
  const command = ['apt-get', 'install', '-y', '-q', ...packages];
  if (process.getuid?.() !== 0 || findProgram('apt-get') === null) {
    say(`not installed, and so not measured: ${packages.join(', ')} (Debian, Ubuntu: ${command.join(' ')})`);
    return;
  }
  say(command.join(' '));
  const [program = '', ...args] = command;
  const result = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (result.status !== 0) say(`${packages.join(', ')} could not be installed: reported as not measured`);
}
