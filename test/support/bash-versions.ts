import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientsDirectory } from '../../src/data/installation.ts';

/** A bash to run tasks in, and the clients that it is given. */
export interface BashVersion {
  readonly name: string;
  readonly bash: string;
  readonly clients: string;
  readonly hasArrays: boolean;
}

/** Versions below 4.0 and below 4.4 have code of their own in the clients; what is for later ones runs everywhere else. */
const CLAIMED = [
  [3, 2],
  [4, 0],
] as const;

/**
 * The bash of this machine with clients that take it for an older one, and every real one that OTTO_TEST_BASHES names, paths
 * separated by colons. Only the real ones tell what that bash does; the others walk all of the paths that the clients have for it.
 */
export function bashVersions(): { readonly versions: readonly BashVersion[]; readonly remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), 'otto-bash-versions-'));
  const claimed = CLAIMED.map(([major, minor]): BashVersion => {
    const clients = join(directory, `${major}.${minor}`);
    claimVersion(clients, [major, minor]);
    return { name: `clients for ${major}.${minor}`, bash: 'bash', clients, hasArrays: major >= 4 };
  });
  const paths = (process.env.OTTO_TEST_BASHES ?? '').split(':').filter((path) => path !== '');
  const real = paths.map((bash): BashVersion => {
    const version = execFileSync(bash, ['-c', 'echo "$BASH_VERSION"'], { encoding: 'utf8' }).trim();
    const hasArrays = Number.parseInt(version, 10) >= 4;
    return { name: `bash ${version}`, bash, clients: clientsDirectory(), hasArrays };
  });
  return {
    versions: [...claimed, ...real],
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** BASH_VERSINFO is readonly, so the copy asks another variable. */
function claimVersion(clients: string, version: readonly number[]): void {
  cpSync(join(clientsDirectory(), 'bash'), join(clients, 'bash'), { recursive: true });
  for (const name of readdirSync(join(clients, 'bash'))) {
    const path = join(clients, 'bash', name);
    const text = readFileSync(path, 'utf8').replaceAll('BASH_VERSINFO', '__otto_claimed');
    const claim = name === 'prologue.sh' ? `__otto_claimed=(${version.join(' ')})\n` : '';
    writeFileSync(path, claim + text);
  }
}
