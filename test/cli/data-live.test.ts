import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LiveRun, STORES } from './data-rig.ts';

const OTTOFILE = `
tasks:
  first:
    python: |
      OUTPUT["text"] = "a"
      OUTPUT["bytes"] = b"\\0" * 100_000
  wait:
    before: [first]
    bash: |
      otto.set small "v 1"
      otto.set empty ""
      printf '\\377' | otto.set bin -
      head -c 20971520 /dev/zero | otto.set large -
      OUTPUT[done]=1
      {{WAIT}}
      otto.set after 1
  next: {before: [wait], bash: "true"}
`;

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
const ZEROS = md5(Buffer.alloc(20_971_520));

test.each(STORES)(
  'of a run that goes on, values are there from the moment they are set, store %s',
  async (store, args) => {
    await using live = new LiveRun(OTTOFILE, [...args, 'next']);
    const { project } = live;
    const where = { files: 'journal', shm: 'shm', sqlite: 'database' }[store];
    const shown = project.listed(({ type, bytes, where: place }) => `${type} ${bytes} ${place}`);
    expect(shown).toMatchObject({
      'wait.small': `string 3 ${where}`,
      'wait.empty': `string 0 ${where}`,
      'wait.bin': `bytes 1 ${where}`,
      'wait.large': `raw 20971520 ${where}`,
    });
    expect(Object.keys(shown)).toEqual([
      'first.text',
      'first.bytes',
      'wait.small',
      'wait.empty',
      'wait.bin',
      'wait.large',
    ]);
    expect(project.otto(['data']).stdout).toMatch(/^\S+ {2}running {2}otto run/);
    expect(project.bytes('first', 'text').toString()).toBe('a');
    expect(project.bytes('wait', 'small').toString()).toBe('v 1');
    expect(md5(project.bytes('wait', 'large'))).toBe(ZEROS);
    expect(project.bytes('wait', 'large', '--json').length).toBe(20_971_520 * 6 + 3);
    expect(project.bytes('wait', 'bin', '--json').toString()).toBe('{"$otto":"bytes","base64":"/w=="}\n');
    expect(project.otto(['data', 'get', 'wait', 'done'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('hint: its values are: small, empty, bin, large\n'),
    });
    expect(project.otto(['data', 'get', 'next', 'x']).stderr).toContain('hint: it has not begun\n');
    expect(project.otto(['data', 'export', 'out'])).toMatchObject({ code: 0 });
    expect(md5(readFileSync(project.path('out/values/wait/large')))).toBe(ZEROS);
    await live.finish();
    expect(project.listed(({ type, where: place }) => `${type} ${place}`)).toEqual({
      'first.text': 'string json',
      'first.bytes': 'bytes file',
      'wait.small': 'string json',
      'wait.empty': 'string json',
      'wait.bin': 'bytes json',
      'wait.large': 'string file',
      'wait.after': 'string json',
      'wait.done': 'string json',
    });
    expect(project.otto(['data', 'check'])).toMatchObject({ code: 0, stderr: '' });
  },
);

// Any otto of this user that begins a run gives back what a killed one has left in shared memory, also one of another test file: hence the retries.
test.each(STORES)(
  'what a killed run had set can still be read, store %s',
  { retry: 3 },
  async (store, args) => {
    await using live = new LiveRun(OTTOFILE, [...args, 'next']);
    const { project } = live;
    await live.kill();
    expect(project.otto(['data']).stdout).toMatch(/^\S+ {2}interrupted {2}otto run/);
    expect(project.bytes('wait.small').toString()).toBe('v 1');
    expect(md5(project.bytes('wait.large'))).toBe(ZEROS);
    live.go();
    project.otto(['clean']);
    // Shared memory is given back; the journal and the database stay with the run.
    expect('wait.small' in project.listed(() => true)).toBe(store !== 'shm');
    expect(project.bytes('first.text').toString()).toBe('a');
  },
);

test('a live run keeps its values in shared memory however often it is looked at', async () => {
  await using live = new LiveRun(OTTOFILE, ['--fast', 'next']);
  const [large] = live.project.list().filter(({ key }) => key === 'large');
  expect(large?.path).toMatch(/^\/dev\/shm\/otto-/);
  for (let n = 0; n < 3; n++) expect(live.project.otto(['data', 'check', 'latest']).stderr).toBe('');
  expect(existsSync(large?.path as string)).toBe(true);
});

test('the history of a run that goes on tells, within a second, which tasks have ended', async () => {
  await using live = new LiveRun(OTTOFILE, ['next']);
  const { project } = live;
  let shown = '';
  while (!/^first .*succeeded$/m.test(shown)) shown = project.otto(['history', 'latest']).stdout;
  expect(shown).toMatch(/^wait +- {2}running$/m);
  expect(shown).toMatch(/^next +- {2}not started yet$/m);
  const { tasks } = JSON.parse(project.otto(['history', 'latest', '--json']).stdout);
  expect(tasks.map(({ result }: { result: string }) => result)).toEqual([
    'succeeded',
    'unfinished',
    'unfinished',
  ]);
});
