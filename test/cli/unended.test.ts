import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isAlive } from '../run/rig.ts';
import { CLI, Project } from './project.ts';

const NOBODY = 65534;

/** Becomes root's for good, as sudo does: who is not root cannot end it. */
const ROOTS = `$ENV{PATH} = "/usr/bin:/bin"; $( = $) = 0; $< = $> = 0; exec "sleep", "60"`;

const OTTOFILE = `
tasks:
  a:
    bash: |
      ./root -e '${ROOTS}' < /dev/null > /dev/null 2>&1 & echo "pid $!"
      until [[ $(stat -c %u "/proc/$!") == 0 ]]; do sleep 0.01; done
`;

test.runIf(process.geteuid?.() === 0)(
  'a process of another user is told of, and does not keep the run',
  () => {
    using project = new Project({ 'otto.yml': OTTOFILE });
    copyFileSync('/usr/bin/perl', project.path('root'));
    chmodSync(project.path('root'), 0o4755);
    chownSync(project.directory, NOBODY, NOBODY);
    const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'run', 'a'], {
      ...{ uid: NOBODY, gid: NOBODY, cwd: project.directory, encoding: 'utf8' },
      env: { ...project.environment(), HOME: project.directory },
    });
    const pid = Number(/pid (\d+)/.exec(stdout)?.[1]);
    const alive = isAlive(pid);
    if (alive) process.kill(pid, 'SIGKILL');
    expect([status, alive]).toEqual([0, true]);
    expect(stderr).toContain(
      `task "a": left 1 process behind that could not be ended (${pid}): of another user`,
    );
  },
);
