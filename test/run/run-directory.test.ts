import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createRunDirectory,
  pointLatest,
  projectFolder,
  runTimestamp,
  taskDirectory,
} from '../../src/run/run-directory.ts';
import { runRig } from './rig.ts';

let home = '';
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'otto-home-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const AT = new Date('2026-11-23T04:51:07.123Z');

describe("a project's folder", () => {
  test('is its name and eight digits of the hash of its directory', () => {
    expect(projectFolder('site', '/home/me/site')).toMatch(/^site-[0-9a-f]{8}$/);
    expect(projectFolder('site', '/a')).not.toBe(projectFolder('site', '/b'));
    expect(projectFolder('site', '/a')).toBe(projectFolder('site', '/a'));
  });

  test.each([
    ['../../etc', 'etc'],
    ['..', 'project'],
    ['', 'project'],
    ['a b/c\\d\n', 'a-b-c-d-'],
    ['Größe 東京', 'Größe-東京'],
    ['-rf', 'rf'],
  ])('of the name %j starts with %j', (name, start) => {
    expect(projectFolder(name, '/x').slice(0, -9)).toBe(start);
  });

  test('fits a file system, however long the name', () => {
    expect(Buffer.byteLength(projectFolder('東'.repeat(500), '/x'))).toBeLessThan(128);
  });
});

describe("a run's directory", () => {
  test('is a timestamp without colons; runs of one millisecond get names that sort in order', () => {
    const project = join(home, 'p');
    const names = Array.from({ length: 12 }, () => createRunDirectory(project, AT).name);
    expect(names[0]).toBe('2026-11-23T04-51-07.123Z');
    expect(new Set(names).size).toBe(12);
    expect([...names].sort()).toEqual(names);
    expect(runTimestamp(new Date(AT.getTime() + 1)) > (names.at(-1) ?? '')).toBe(true);
  });

  test('that cannot be there is told with another place for it', () => {
    writeFileSync(join(home, 'file'), '');
    expect(() => createRunDirectory(join(home, 'file/p'), AT)).toThrow(
      expect.objectContaining({
        failure: expect.objectContaining({ code: 'ENOTDIR', hint: expect.stringContaining('OTTO_HOME=DIR') }),
      }),
    );
  });

  test('becomes the latest in one step, which leaves nothing else behind', () => {
    const project = join(home, 'latest');
    for (let n = 0; n < 3; n++) {
      const run = createRunDirectory(project, AT);
      pointLatest(run);
      expect(readlinkSync(join(project, 'latest'))).toBe(run.name);
    }
    expect(readdirSync(project)).toHaveLength(4);
  });

  test('does not take the place of a directory named latest, and says what to do', () => {
    const project = join(home, 'occupied');
    const run = createRunDirectory(project, AT);
    mkdirSync(join(project, 'latest'));
    const hint = 'otto keeps a link to the newest run there: move the directory away';
    const failure = { kind: 'io', action: 'create', path: join(project, 'latest'), code: 'EISDIR', hint };
    expect(() => pointLatest(run)).toThrow(expect.objectContaining({ failure }));
    expect(readdirSync(project).sort()).toEqual([run.name, 'latest']);
  });

  test('that cannot be made is a failure that names the path', () => {
    expect(() => createRunDirectory('/proc/otto', AT)).toThrow(
      expect.objectContaining({ failure: expect.objectContaining({ kind: 'io', path: '/proc/otto' }) }),
    );
  });
});

test('no name of a task leads out of its run', async () => {
  expect(taskDirectory('/run', '../../x')).toBe('/run/tasks/%2E.%2F..%2Fx');
  await using rig = runRig();
  const names = ['..', '../up', 'a/b', 'a b', "it's", 'ü:ö', '-rf', `${'long'.repeat(60)}`];
  const tasks = names.map((name) => `  ${JSON.stringify(name)}: {bash: 'echo x > "$OTTO_TASK_DIR/here"'}\n`);
  const { result, directory } = await rig.run(`tasks:\n${tasks.join('')}`).done;
  expect(result).toBe('succeeded');
  const directories = readdirSync(join(directory, 'tasks'));
  expect(directories).toHaveLength(names.length);
  for (const name of directories) {
    expect(existsSync(join(directory, 'tasks', name, 'here'))).toBe(true);
    expect(statSync(join(directory, 'tasks', name)).mode & 0o777).toBe(0o700);
  }
});

test('concurrent runs of one project never share a directory', async () => {
  await using rig = runRig();
  const runs = Array.from({ length: 8 }, () => rig.run('tasks: {a: {bash: "true"}}'));
  const summaries = await Promise.all(runs.map((run) => run.done));
  expect(new Set(summaries.map(({ directory }) => directory)).size).toBe(8);
});
