import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Project } from '../cli/project.ts';
import { MAKEFILES } from './makefiles.ts';

/** Every file that the project has now, but those of otto and make, with its contents. */
function filesOf({ directory }: Project, what: (path: string) => unknown): Record<string, unknown> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
  const own = names.filter((name) => !/^(?:home|otto\.yml|Makefile)(?:\/|$)/.test(name));
  return Object.fromEntries(
    own.map((name) => {
      const path = join(directory, name);
      return [name, statSync(path).isDirectory() ? 'directory' : what(path)];
    }),
  );
}

/** Texts as they are, programs in short. */
const contents = (path: string): string => {
  const text = readFileSync(path, 'latin1');
  return text.length < 1000 ? text : createHash('sha256').update(text).digest('hex');
};
const times = (path: string): number => statSync(path).mtimeMs;

function make(
  dir: Project,
  targets: readonly string[],
  env: Readonly<Record<string, string>>,
): number | null {
  const environment = { ...dir.environment(), ...env };
  const { status } = spawnSync('make', targets, { cwd: dir.directory, env: environment, encoding: 'utf8' });
  return status === 2 ? 1 : status;
}

describe('what make does', () => {
  test.each(Object.entries(MAKEFILES))(
    '%s: otto leaves the same files',
    (_name, { files, steps, reports }) => {
      using byMake = new Project(files);
      using byOtto = new Project(files);
      const { code, stderr } = byOtto.otto(['convert', '--out', 'otto.yml']);
      expect(code, stderr).toBe(0);
      expect(stderr.split('\n').filter((line) => /^Makefile:\d+: /.test(line))).toEqual(
        reports.map((report) => expect.stringMatching(report)),
      );
      for (const { targets, env = {} } of steps) {
        const expected = make(byMake, targets, env);
        const result = byOtto.otto(['run', '-j1', ...targets], { env });
        expect(result.code, result.stderr).toBe(expected);
        expect(filesOf(byOtto, contents)).toEqual(filesOf(byMake, contents));
      }
    },
  );

  const lasting = Object.entries(MAKEFILES).filter(([, { fresh = true }]) => fresh);
  test.each(lasting)('%s: a second run makes nothing again', (_name, { files, steps }) => {
    using dir = new Project(files);
    dir.otto(['convert', '--out', 'otto.yml']);
    const [{ targets } = { targets: [] }] = steps;
    expect(dir.otto(['run', ...targets])).toMatchObject({ code: 0 });
    const made = filesOf(dir, times);
    expect(dir.otto(['run', ...targets])).toMatchObject({ code: 0 });
    expect(filesOf(dir, times)).toEqual(made);
  });
});
