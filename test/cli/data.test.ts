import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DataProject, STORES } from './data-rig.ts';

const OTTOFILE = `
otto: {name: demo}
tasks:
  shell:
    bash: |
      OUTPUT[version]=1.10
      OUTPUT[empty]=
      printf 'two\\nlines\\n' | otto.set notes -
      printf '\\0\\377' | otto.set raw -
      head -c 20971520 /dev/zero | tr '\\0' x | otto.set large -
  "a/b: c.d":
    python: |
      OUTPUT["../evil"] = "e"
      OUTPUT["/etc/passwd"] = 1
      OUTPUT["new\\nline"] = {"$otto": "file", "n": 10**30}
      OUTPUT["k" * 2048] = b""
      OUTPUT["日本"] = [1, 2.5, None, True, "é"]
      OUTPUT["lone"] = "\\ud800"
      OUTPUT["bytes"] = b"\\x00\\x01\\x02\\x03" * 30000
      OUTPUT["list"] = ["x" * 17000000]
      OUTPUT["Case"] = "upper"
      OUTPUT["case"] = "lower"
  a: {node: "OUTPUT['b: c.d.x'] = 'of a'; OUTPUT.z = 10n ** 30n"}
  all: {before: [shell, "a/b: c.d", a]}
`;
const HOSTILE = 'a/b: c.d';
const LONG = 'k'.repeat(2048);

const md5 = (bytes: Uint8Array | string): string => createHash('md5').update(bytes).digest('hex');

describe.each(STORES)('a run that has ended, store %s', (_store, args) => {
  let dir: DataProject;
  beforeAll(() => {
    dir = new DataProject({ 'otto.yml': OTTOFILE });
    expect(dir.otto(['run', ...args, 'all'])).toMatchObject({ code: 0 });
  });
  afterAll(() => dir[Symbol.dispose]());

  test('the list has every value with its type, size and place, in the order of tasks and keys', () => {
    expect(dir.list().map(({ task, key, type, bytes, where }) => [task, key, type, bytes, where])).toEqual([
      ['shell', 'notes', 'string', 10, 'json'],
      ['shell', 'raw', 'bytes', 2, 'json'],
      ['shell', 'large', 'string', 20_971_520, 'file'],
      ['shell', 'version', 'string', 4, 'json'],
      ['shell', 'empty', 'string', 0, 'json'],
      [HOSTILE, '../evil', 'string', 1, 'json'],
      [HOSTILE, '/etc/passwd', 'json', 1, 'json'],
      [HOSTILE, 'new\nline', 'json', 52, 'json'],
      [HOSTILE, LONG, 'bytes', 0, 'json'],
      [HOSTILE, '日本', 'json', 22, 'json'],
      [HOSTILE, 'lone', 'json', 8, 'json'],
      [HOSTILE, 'bytes', 'bytes', 120_000, 'file'],
      [HOSTILE, 'list', 'json', 17_000_004, 'file'],
      [HOSTILE, 'Case', 'string', 5, 'json'],
      [HOSTILE, 'case', 'string', 5, 'json'],
      ['a', 'b: c.d.x', 'string', 4, 'json'],
      ['a', 'z', 'json', 31, 'json'],
    ]);
    for (const { xxh128, path, where } of dir.list()) {
      expect(xxh128).toMatch(/^[0-9a-f]{32}$/);
      expect(path === null).toBe(where === 'json');
    }
  });

  test('the table is for reading: keys cannot steer the terminal and long ones are cut', () => {
    const { code, stdout, stderr } = dir.otto(['data']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [head, , titles] = stdout.split('\n');
    expect(head).toMatch(/^\d{4}-.*Z {2}succeeded {2}otto run (--fast |--store sqlite )?all$/);
    expect(titles).toMatch(/^TASK +KEY +TYPE +SIZE +WHERE +XXH128$/);
    expect(stdout).toMatch(/^shell +large +string +20 MiB +file +[0-9a-f]{12}$/m);
    expect(stdout).toMatch(/^a\/b: c\.d +new\\x0aline +json +52 bytes/m);
    expect(stdout).toMatch(/ k{60}… /);
    expect(dir.otto(['data', 'list', 'latest']).stdout).toBe(stdout);
    const [run = ''] = stdout.split(' ');
    expect(dir.otto(['data', run.slice(0, 20), 'a']).stdout).toMatch(/^.*\n\nTASK.*\na .*\na .*\n$/);
  });

  test.each<[string, string, string | Buffer]>([
    ['shell', 'version', '1.10'],
    ['shell', 'empty', ''],
    ['shell', 'notes', 'two\nlines\n'],
    ['shell', 'raw', Buffer.from([0, 255])],
    ['shell', 'large', 'x'.repeat(20_971_520)],
    [HOSTILE, '../evil', 'e'],
    [HOSTILE, 'new\nline', `{"$otto":"file","n":1${'0'.repeat(30)}}`],
    [HOSTILE, LONG, ''],
    [HOSTILE, '日本', '[1,2.5,null,true,"é"]'],
    [HOSTILE, 'lone', '"\\ud800"'],
    [HOSTILE, 'bytes', Buffer.from('\x00\x01\x02\x03'.repeat(30_000))],
    [HOSTILE, 'list', `["${'x'.repeat(17_000_000)}"]`],
    ['a', 'z', `1${'0'.repeat(30)}`],
  ])('get %j %.20j prints exactly its bytes', (task, key, expected) => {
    expect(md5(dir.bytes(task, key))).toBe(md5(expected));
  });

  test('the JSON of a value is one line that history would have, however large the value is', () => {
    const json = (task: string, key: string): string => dir.bytes(task, key, '--json').toString();
    expect(json('shell', 'notes')).toBe('"two\\nlines\\n"\n');
    expect(json('shell', 'raw')).toBe('{"$otto":"bytes","base64":"AP8="}\n');
    expect(json(HOSTILE, 'new\nline')).toBe(
      `{"$otto":"value","value":{"$otto":"file","n":1${'0'.repeat(30)}}}\n`,
    );
    expect(json(HOSTILE, 'lone')).toBe('"\\ud800"\n');
    expect(json('shell', 'large')).toBe(`"${'x'.repeat(20_971_520)}"\n`);
    const { base64 } = JSON.parse(json(HOSTILE, 'bytes'));
    expect(md5(Buffer.from(base64, 'base64'))).toBe(md5('\x00\x01\x02\x03'.repeat(30_000)));
  });

  test('a value can be named in one word, and its run before it', () => {
    const { run } = JSON.parse(dir.otto(['data', '--json']).stdout);
    for (const words of [
      [`${HOSTILE}.new\nline`],
      ['latest', `${HOSTILE}.new\nline`],
      ['latest', HOSTILE, 'new\nline'],
      [run, HOSTILE, 'new\nline'],
    ])
      expect(dir.bytes(...words).toString()).toBe(`{"$otto":"file","n":1${'0'.repeat(30)}}`);
    // Of the tasks that fit, the longest one with such a key is meant.
    expect(dir.bytes('a.b: c.d.x').toString()).toBe('of a');
  });

  test('a check reads every value and compares its hash', () => {
    const { stdout, ...rest } = dir.otto(['data', 'check']);
    expect(rest).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^\S+Z {2}17 values, 36\.\d MiB, 17 verified\n$/);
    expect(JSON.parse(dir.otto(['data', 'check', '--json']).stdout)).toMatchObject({
      values: { values: 17, verified: 17, damaged: 0, problems: [] },
      regions: [],
    });
  });

  test('an export has each value in a file of its own, inside its directory, and says which is which', () => {
    expect(dir.otto(['data', 'export', 'out']).stdout).toMatch(/^exported 17 values, 36\.\d MiB, to out\n$/);
    const index = JSON.parse(readFileSync(dir.path('out/index.json'), 'utf8'));
    expect(index).toMatchObject({ version: 1, project: { name: 'demo' } });
    expect(index.values).toHaveLength(17);
    for (const { task, key, bytes, file } of index.values) {
      const data = readFileSync(join(dir.path('out'), file));
      expect(data).toHaveLength(bytes);
      if (bytes < 1e6) expect(md5(data), key).toBe(md5(dir.bytes(task, key)));
    }
    expect(md5(readFileSync(dir.path('out/values/shell/large')))).toBe(md5('x'.repeat(20_971_520)));
    expect(readdirSync(dir.path('out/values/a%2Fb: c.d')).sort()).toEqual(
      ['%2E.%2Fevil', '%2Fetc%2Fpasswd', 'new%0Aline', `${'k'.repeat(143)}~0a5258920bfbafd5`, '日本', 'lone']
        .concat(['bytes', 'list', 'Case', 'case~2'])
        .sort(),
    );
    expect(readdirSync(dir.directory).sort()).toEqual(['home', 'otto.yml', 'out']);
  });
});

test('a value whose file is gone is told by list, get, check and export; the others are still there', () => {
  using dir = new DataProject({ 'otto.yml': OTTOFILE });
  dir.otto(['run', 'shell']);
  const { path } = dir.list().find(({ key }) => key === 'large') ?? {};
  rmSync(path as string);
  expect(dir.listed(({ where }) => where)).toMatchObject({ 'shell.large': 'gone', 'shell.notes': 'json' });
  const get = dir.otto(['data', 'get', 'shell.large']);
  expect(get).toMatchObject({ code: 1, stdout: '' });
  expect(get.stderr).toMatch(
    /^otto: cannot read home\/.*\/values\/3: no such file or directory \(ENOENT\)\n {2}hint: the file of this value has been removed; a new run makes the value again\n$/,
  );
  const check = dir.otto(['data', 'check']);
  expect(check).toMatchObject({ code: 1, stdout: expect.stringContaining('4 verified, 1 gone\n') });
  expect(check.stderr).toContain('/values/3: no such file');
  const exported = dir.otto(['data', 'export', 'out']);
  expect(exported).toMatchObject({ code: 1, stdout: 'exported 4 values, 16 bytes, to out\n' });
  expect(JSON.parse(readFileSync(dir.path('out/index.json'), 'utf8')).values).toHaveLength(4);
});

test('a value whose file is of another length, or no plain file, is not printed', () => {
  using dir = new DataProject({ 'otto.yml': OTTOFILE });
  dir.otto(['run', 'shell']);
  const path = dir.list().find(({ key }) => key === 'large')?.path as string;
  truncateSync(path, 20_000_000);
  expect(dir.otto(['data', 'get', 'shell.large'])).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/values\/3: it has 20000000 bytes, recorded are 20971520\n$/),
  });
  rmSync(path);
  symlinkSync('/etc/passwd', path);
  expect(dir.otto(['data', 'get', 'shell.large'])).toMatchObject({ code: 1, stdout: '' });
  expect(dir.otto(['data', 'export', 'out'])).toMatchObject({ code: 1 });
  expect(readdirSync(dir.path('out/values/shell'))).not.toContain('large');
});

test('the values of a task are gone with its JSON, and that is told', () => {
  using dir = new DataProject({ 'otto.yml': 'tasks: {a: {bash: "OUTPUT[x]=1"}, b: {bash: "OUTPUT[y]=2"}}' });
  dir.otto(['run', 'a', 'b']);
  const { directory } = JSON.parse(dir.otto(['data', '--json']).stdout);
  rmSync(join(directory, 'tasks/a/output.a.json'));
  const { code, stdout, stderr } = dir.otto(['data']);
  expect(code).toBe(1);
  expect(stdout).toMatch(/\nb +y +string/);
  expect(stderr).toMatch(/^otto: cannot read .*\/output\.a\.json: no such file or directory \(ENOENT\)\n$/);
  expect(dir.otto(['data', 'get', 'a', 'x'])).toMatchObject({ code: 1, stdout: '' });
});
