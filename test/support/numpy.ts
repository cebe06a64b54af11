import { spawnSync } from 'node:child_process';
import { delimiter } from 'node:path';

const hasNumpy = (): boolean => spawnSync('/usr/bin/python3', ['-c', 'import numpy']).status === 0;

/** A PATH whose python3 is the system's, with numpy: Debian's package, which is installed when that is possible. */
export function pathWithNumpy(): string {
  if (!hasNumpy() && process.getuid?.() === 0) {
    const install = 'apt-get install -qq -y --no-install-recommends python3 python3-numpy';
    spawnSync('sh', ['-c', `${install} || { apt-get update -qq && ${install}; }`], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  }
  if (!hasNumpy())
    throw new Error('missing: python3-numpy (Debian, Ubuntu: sudo apt-get install python3-numpy)');
  return ['/usr/bin', process.env.PATH].join(delimiter);
}
