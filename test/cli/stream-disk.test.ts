import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { type Project, project, type Result } from './project.ts';

/** A project whose history lies on a real small disk. That takes root. */
function onSmallDisk(tasks: string): Project {
  const shop = project(`tasks:\n${tasks}`);
  execFileSync('mkdir', [shop.home]);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m,mode=700', 'tmpfs', shop.home]);
  onTestFinished(() => {
    execFileSync('umount', [shop.home]);
    shop[Symbol.dispose]();
  });
  return shop;
}

const left = (shop: Project): string[] =>
  readdirSync(shop.home, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(^|\/)streams(\/|$)|\.spill$/.test(name),
  );

function expectFull(shop: Project, { code, stderr }: Result, task: string, file: RegExp): void {
  expect(code).toBe(1);
  const line = stderr.split('\n').find((one) => one.startsWith(`otto: task "${task}" failed: `));
  expect(line).toMatch(/: cannot write \S+: no space left on device \(ENOSPC\)$/);
  expect(line).toMatch(file);
  expect(stderr).not.toMatch(/SIGPIPE|internal|at .*\.js:/);
  expect(left(shop)).toEqual([]);
}

const asRoot = test.runIf(process.getuid?.() === 0);
const TOO_MUCH = 'head -c 40M /dev/zero';

asRoot.each([
  ['that reads when all is over', `bash: 'wc -c < "$OTTO_INPUT_STREAM"; echo "\${INPUT[gen.n]}"'`],
  ['that may start anew', `retries: 1, bash: 'wc -c < "$OTTO_INPUT_STREAM"'`],
  [
    'that has it open and takes nothing',
    `bash: 'exec 3< "$OTTO_INPUT_STREAM"; until [[ -e ended ]]; do read -rt 0.05 < <(:) || true; done; wc -c <&3'`,
  ],
])('a disk that is full fails the producer for a consumer %s', (_, reader) => {
  const shop = onSmallDisk(`
  gen: {streaming: true, keep_stream: false, bash: '${TOO_MUCH} > "$OTTO_OUTPUT_STREAM" || { touch ended; exit 141; }; OUTPUT[n]=1'}
  read: {before: [gen], ${reader}}
  after: {before: [read], bash: echo never}
`);
  const result = shop.otto(['run', '-k', '--output', 'raw', 'after']);
  expectFull(shop, result, 'gen', /\/streams\/0\.spill/);
  expect(result.stdout).not.toContain('never');
});

asRoot('a disk that is full fails the producer whose stdout waits for its consumer', () => {
  const shop = onSmallDisk(`
  gen: {keep_stream: false, bash: '${TOO_MUCH}; OUTPUT[n]=1'}
  read: {stdin_from: gen, bash: 'wc -c; echo "\${INPUT[gen.n]}"'}
`);
  expectFull(shop, shop.otto(['run', '-k', 'read']), 'gen', /\/streams\/0\.spill/);
});

asRoot.each([
  [
    'stream',
    `gen: {streaming: true, keep_stream: true, bash: '${TOO_MUCH} > "$OTTO_OUTPUT_STREAM"'}`,
    `before: [gen], bash: 'wc -c < "$OTTO_INPUT_STREAM" >&2'`,
    /\/tasks\/gen\/stream:/,
  ],
  [
    'stdout',
    `gen: {keep_stream: true, bash: ${TOO_MUCH}}`,
    `stdin_from: gen, bash: 'wc -c >&2'`,
    /stdout\.log/,
  ],
])(
  'a disk too small for the kept copy of a %s fails the producer; its consumer gets all bytes',
  (_, gen, read, file) => {
    const shop = onSmallDisk(`
  ${gen}
  read: {${read}}
`);
    const result = shop.otto(['run', '-k', '--output', 'raw', 'read']);
    expectFull(shop, result, 'gen', file);
    expect(result.stderr).toContain(`${40 * 1024 * 1024}\n`);
  },
);

asRoot('the next run on the disk goes well when room is made', () => {
  const shop = onSmallDisk(`
  gen: {streaming: true, keep_stream: true, bash: 'head -c "$SIZE" /dev/zero > "$OTTO_OUTPUT_STREAM"'}
  read: {before: [gen], bash: 'wc -c < "$OTTO_INPUT_STREAM"'}
`);
  expect(shop.otto(['run', 'read'], { env: { SIZE: '20M' } }).code).toBe(1);
  shop.otto(['clean', '--all']);
  const { code, stdout } = shop.otto(['run', '--output', 'raw', 'read'], { env: { SIZE: '1M' } });
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${1024 * 1024}\n` });
});
