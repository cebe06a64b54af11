import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Project, project, type RunOptions } from './project.ts';

const OTTOFILE = 'tasks: {a: {bash: "true"}}\n';

interface Report {
  readonly ok: boolean;
  readonly checks: readonly {
    name: string;
    state: string;
    found: string;
    needed: boolean;
    hint: string | null;
  }[];
}

function doctor(dir: Project, env: RunOptions['env'] = {}) {
  const { code, stdout } = dir.otto(['doctor', '--json'], { env });
  const report = JSON.parse(stdout) as Report;
  const found = (name: string) => report.checks.find((check) => check.name === name);
  return { code, ok: report.ok, found };
}

/** A PATH with only these programs. */
function pathWith(dir: Project, programs: Readonly<Record<string, string>>): string {
  mkdirSync(dir.path('bin'), { recursive: true });
  for (const [name, text] of Object.entries(programs)) {
    if (text.startsWith('/')) symlinkSync(text, dir.path(`bin/${name}`));
    else writeFileSync(dir.path(`bin/${name}`), text, { mode: 0o755 });
  }
  return dir.path('bin');
}

test('on this machine nothing is missing that otto needs', () => {
  using dir = project(OTTOFILE);
  const { code, ok, found } = doctor(dir);
  expect({ code, ok }).toEqual({ code: 0, ok: true });
  expect(found('node')).toMatchObject({ state: 'ok', found: expect.stringContaining(process.versions.node) });
  expect(found('ottofile')).toMatchObject({ state: 'ok', found: 'otto.yml, 1 task' });
  expect(found('otto.db')).toMatchObject({ state: 'ok', found: expect.stringContaining('will be made') });
  const text = dir.otto(['doctor']);
  expect(text.code).toBe(0);
  for (const line of text.stdout.split('\n').slice(1, -1))
    expect(line).toMatch(/^(ok|warn|missing) {2,}\S|^ {9}hint: /);
});

test('a PATH without programs: bash is needed, others are told with how to get them', () => {
  using dir = project(OTTOFILE);
  const { code, found } = doctor(dir, { PATH: pathWith(dir, {}) });
  expect(code).toBe(1);
  expect(found('bash')).toMatchObject({ state: 'missing', needed: true });
  for (const name of ['python3', 'redis-server', 'sqlite3', 'make', 'git'])
    expect(found(name)).toMatchObject({
      state: 'missing',
      needed: false,
      hint: expect.stringMatching(/install/),
    });
});

test('a bash that is none is told as what it is, and nobody asks it to load anything', () => {
  using dir = project(OTTOFILE);
  dir.write('no bash', '#!/bin/sh\ntrue\n');
  dir.write('not run', '');
  chmodSync(dir.path('no bash'), 0o755);
  mkdirSync(dir.path('dir'));
  const told = [
    ['./no bash', `"otto.bash" names "${dir.path('no bash')}", which is no bash: it has no BASH_VERSION`],
    ['./not run', `"otto.bash" names "${dir.path('not run')}", which cannot be run (EACCES)`],
    ['./dir', `"otto.bash" names "${dir.path('dir')}", which cannot be run (EACCES)`],
    ['./gone', `"otto.bash" names "${dir.path('gone')}", but there is no such program`],
    ['no-such-bash', '"otto.bash" names "no-such-bash", but there is no such program'],
  ];
  for (const [bash, found] of told) {
    dir.write('otto.yml', `otto: {bash: ${bash}}\n${OTTOFILE}`);
    const seen = doctor(dir);
    expect(seen.code).toBe(1);
    expect(seen.found('bash')).toMatchObject({ state: 'missing', needed: true, found });
    expect(seen.found('bash builtins')?.found).toMatch(/there is no bash|not compiled/);
  }
  dir.write('otto.yml', OTTOFILE);
  const seen = doctor(dir, { PATH: pathWith(dir, { bash: '#!/bin/sh\n', python3: '#!/bin/sh\n' }) });
  expect(seen.found('bash')?.found).toMatch(/^PATH has .*\/bash, which is no bash/);
  expect(seen.found('python3')?.found).toMatch(/^PATH has .*\/python3, which is no Python/);
});

test('old interpreters are told apart, and Python counts when a task is written in it', () => {
  using dir = project(OTTOFILE);
  const bash =
    '#!/bin/sh\ncase $2 in *VERSION*) echo "3.2.57(1)-release";; *ulimit*) echo 100; echo 50;; *) exit 1;; esac\n';
  const PATH = pathWith(dir, {
    bash,
    python3: '#!/bin/sh\necho 3.6.1 /old/python3\n',
    make: '#!/bin/sh\necho GNU Make 3.81\n',
    sh: '/bin/sh',
  });
  const before = doctor(dir, { PATH });
  expect(before.code).toBe(0);
  expect(before.found('bash')).toMatchObject({ state: 'warn', found: expect.stringContaining('3.2.57') });
  expect(before.found('limits')).toMatchObject({ state: 'warn', found: '100 open files, 50 processes' });
  expect(before.found('python3')).toMatchObject({ state: 'missing', found: '3.6.1 (/old/python3)' });
  expect(before.found('make')).toMatchObject({
    state: 'warn',
    found: expect.stringContaining('does not share'),
  });
  dir.write('otto.yml', 'tasks: {a: {python: "pass"}}\n');
  expect(doctor(dir, { PATH }).code).toBe(1);
});

test('a home that cannot be written, a newer otto.db and a broken ottofile each make it fail', () => {
  using dir = project(OTTOFILE);
  dir.write('file', '');
  const blocked = doctor(dir, { OTTO_HOME: dir.path('file/home') });
  expect(blocked).toMatchObject({ code: 1, ok: false });
  expect(blocked.found('home')).toMatchObject({
    state: 'missing',
    needed: true,
    hint: expect.stringContaining('OTTO_HOME'),
  });

  dir.write('home/otto.db', 'no database at all, but long enough to be looked at as one'.repeat(100));
  expect(doctor(dir).found('otto.db')).toMatchObject({ state: 'warn' });

  dir.write('otto.yml', 'tasks: {a: {bash: [}}\n');
  const broken = doctor(dir);
  expect(broken.code).toBe(1);
  expect(broken.found('ottofile')).toMatchObject({ state: 'missing', hint: 'otto list shows them' });
});
