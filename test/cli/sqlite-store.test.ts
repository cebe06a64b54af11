import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { isAtLeast } from '../../src/cli/doctor/check.ts';
import { CLI, type Project, project } from './project.ts';

const databases = ({ home }: Project): string[] =>
  readdirSync(home, { recursive: true, encoding: 'utf8' })
    .filter((path) => !path.includes('latest') && /(^|\/)values\.db/.test(path))
    .map((path) => join(home, path));

const asked = (database: string, sql: string): string =>
  execFileSync('sqlite3', [database, sql], { encoding: 'utf8' }).trimEnd();

test('values go to and come from the database by hand, and the JSON is that of any other store', () => {
  using one = project(`
tasks:
  make:
    python: OUTPUT["n"] = 10 ** 30
    retries: 1
  hand:
    bash: |
      OUTPUT[own]=x
      sqlite3 "$OTTO_DB" "INSERT INTO task_data (task, key, value) VALUES ('$OTTO_TASK', 'rows', 42)"
  read:
    before: [make, hand]
    bash: |
      echo "$OTTO_STORE \${INPUT[hand.rows]} \${INPUT[hand.own]} $(sqlite3 "$OTTO_DB" "SELECT value FROM task_data WHERE task = 'make'")"
`);
  const { code, stdout, stderr } = one.otto(['run', '--store', 'sqlite', 'read']);
  expect({ code, stderr: stderr.replace(/ in .*\n/, '') }).toEqual({
    code: 0,
    stderr: 'otto: 3 tasks succeeded',
  });
  expect(stdout).toBe('read | sqlite 42 x 1000000000000000000000000000000\n');
  const [database = '', ...others] = databases(one);
  expect(others).toEqual([]);
  expect(asked(database, "SELECT key || '=' || value FROM task_data WHERE task = 'hand' ORDER BY key")).toBe(
    'own=x\nrows=42',
  );
  expect(JSON.parse(readFileSync(join(database, '../tasks/hand/output.hand.json'), 'utf8'))).toEqual({
    rows: 42,
    own: 'x',
  });
});

test('what the outputs of a task make of its values is what hands find', () => {
  using one = project(`
tasks:
  make:
    outputs: {n: int, f: float, ok: bool, list: list, b: bytes, same: string, large: bytes}
    bash: |
      OUTPUT[n]=' 42 '
      OUTPUT[f]=1
      OUTPUT[ok]=$'true\\n'
      OUTPUT[list]='[1,  2]'
      OUTPUT[b]=text
      OUTPUT[same]=' x '
      head -c 300000 /dev/zero | tr '\\0' a | otto.set large -
  read:
    before: [make]
    bash: |
      sqlite3 "$OTTO_DB" "SELECT key, typeof(value), type, substr(value, 1, 9) FROM task_data WHERE task = 'make' ORDER BY key"
      { sqlite3 "$OTTO_DB" "UPDATE task_data SET value = 1 WHERE task = 'make'" 2>&1 || true; } | grep -o "no task of this name"
      [[ \${INPUT[make.n]} == 42 ]] && echo "\${#INPUT[make.large]}"
`);
  expect(one.otto(['run', '--store', 'sqlite', '--output', 'raw', 'read']).stdout.split('\n')).toEqual([
    'b|blob|bytes|text',
    'f|text|json|1.0',
    'large|blob|bytes|aaaaaaaaa',
    'list|text|json|[1,2]',
    'n|text|json|42',
    'ok|text|json|true',
    'same|text|raw| x ',
    'no task of this name',
    '300000',
    '',
  ]);
});

test('values of a task that is up to date are in the database of the run', () => {
  using one = project(`
tasks:
  make: {input: [otto.yml], output: [made], bash: "touch made; OUTPUT[x]=1"}
  read: {before: [make], bash: "sqlite3 \\"$OTTO_DB\\" 'SELECT task, key, value FROM task_data'"}
`);
  for (let turn = 0; turn < 2; turn++)
    expect(one.otto(['run', '--store', 'sqlite', 'read']).stdout).toBe('read | make|x|1\n');
});

test('the database of a run that was killed with SIGKILL has what was set, and no copies beside it', async () => {
  using one = project(`
tasks:
  die:
    bash: |
      sqlite3 "$OTTO_DB" "INSERT INTO task_data (task, key, value) VALUES ('$OTTO_TASK', 'k', 'kept')"
      head -c 300000 /dev/zero | otto.set large -
      directory=$(dirname "$OTTO_DB")/values.large
      ls "$directory" > copies
      echo mine > "$directory/mine"
      sqlite3 "$OTTO_DB" "INSERT INTO task_data (task, key, file) VALUES ('$OTTO_TASK', 'm', 'values.large/mine')"
      kill -9 $PPID
  next: {bash: "true"}
`);
  const otto = one.start(['run', '--store', 'sqlite', 'die']);
  const [, signal] = await once(otto, 'exit');
  expect(signal).toBe('SIGKILL');
  expect(readFileSync(one.path('copies'), 'utf8')).toBe('1.copy\n');
  expect(one.otto(['run', '--store', 'sqlite', 'next']).code).toBe(0);
  const [killed = ''] = databases(one).sort();
  expect(asked(killed, "SELECT value FROM task_data WHERE key = 'k'; PRAGMA integrity_check")).toBe(
    'kept\nok',
  );
  expect(readdirSync(join(killed, '../values.large'))).toEqual(['mine']);
  const run = basename(dirname(killed));
  const get = (key: string) => one.otto(['data', 'get', run, 'die', key]);
  expect(get('k').stdout).toBe('kept');
  expect(get('m').stdout).toBe('mine\n');
  expect(get('large').stdout.length).toBe(300_000);
});

test('a run that otto cleans away takes its database along', () => {
  using one = project('tasks: {a: {bash: "OUTPUT[x]=1"}}');
  expect(one.otto(['run', '--store', 'sqlite', 'a']).code).toBe(0);
  expect(databases(one)).toHaveLength(1);
  expect(one.otto(['clean', '--all']).code).toBe(0);
  expect(databases(one)).toEqual([]);
});

test('where no SQLite loads the store is refused before anything runs, and doctor names it', () => {
  using one = project('tasks: {a: {bash: "touch ran"}}');
  const root = join(CLI, '../..');
  const otto = one.path('otto-alone');
  mkdirSync(otto);
  for (const name of ['dist', 'bin', 'package.json', 'binding.gyp'])
    cpSync(join(root, name), join(otto, name), { recursive: true });
  const alone = (...args: string[]) =>
    spawnSync(process.execPath, [join(otto, 'dist/cli.js'), ...args], {
      cwd: one.directory,
      encoding: 'utf8',
      env: {
        ...one.environment(),
        ...(isAtLeast(process.versions.node, '22.5') && { NODE_OPTIONS: '--no-experimental-sqlite' }),
      },
    });
  const { status, stderr } = alone('run', '--store', 'sqlite', 'a');
  expect(stderr).toBe(
    'otto: the store sqlite needs SQLite: neither better-sqlite3 nor node:sqlite loads\n' +
      '  hint: "npm rebuild better-sqlite3" in the directory of otto, or Node 22.13 or newer\n',
  );
  expect(status).toBe(2);
  expect(existsSync(one.path('ran'))).toBe(false);
  expect(alone('doctor').stdout).toMatch(/missing +SQLite +neither better-sqlite3 nor node:sqlite loads/);
});
