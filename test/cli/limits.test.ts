import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { CLI, project } from './project.ts';

const names = Array.from({ length: 40 }, (_, n) => `t${n}`);
const sleepers = `tasks:\n${names.map((name) => `  ${name}: {bash: sleep 0.2}\n`).join('')}`;

test.each([[[]], [['--fast']]])(
  'tasks for which no descriptors are left fail, and the run ends: %j',
  (mode) => {
    using dir = project(sleepers);
    const { status, stderr } = spawnSync(
      'bash',
      ['-c', 'ulimit -n 100; exec "$@"', '-', process.execPath, CLI, 'run', ...mode, '-j40', '-k', ...names],
      {
        cwd: dir.directory,
        env: { PATH: process.env.PATH, HOME: dir.directory, OTTO_HOME: dir.home },
        encoding: 'utf8',
        timeout: 20_000,
        killSignal: 'SIGKILL',
      },
    );
    expect(status).toBe(1);
    expect(stderr).toMatch(/failed: (?:\d+ succeeded, )?\d+ failed in/);
    expect(stderr).toMatch(
      /task "t\d+" could not be started: too many open files \(EMFILE\)\n {2}hint: run fewer/,
    );
    expect(stderr).not.toContain('bug in otto');
  },
);
