import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { TaskName } from '../../src/base/task-name.ts';
import { createHasher, runningHash } from '../../src/data/checksum.ts';
import { nativeOrNull } from '../../src/data/native-or-null.ts';
import { headInFile } from '../../src/data/streams/kept-head.ts';
import { Stream } from '../../src/data/streams/stream.ts';
import { streamSystem } from '../../src/data/streams/system.ts';

const native = nativeOrNull();
const MIB = 1024 * 1024;

/** One stream in a directory of its own, with real processes at its ends. */
class StreamRig implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'otto-stream-'));
  readonly stream: Stream;
  starvings = 0;
  readonly #children: ChildProcess[] = [];

  private constructor(stream: (rig: StreamRig) => Stream) {
    this.stream = stream(this);
  }

  static async open(addon: typeof native, keptBytes = 1000): Promise<StreamRig> {
    const hash = await runningHash(addon);
    return new StreamRig(
      (rig) =>
        new Stream({
          system: streamSystem(addon),
          directory: rig.directory,
          name: '0',
          hash,
          head: headInFile(join(rig.directory, 'kept'), keptBytes),
          onStarving: () => rig.starvings++,
        }),
    );
  }

  /** Resolves with the end and the stdout of a bash. */
  bash(script: string, path: string): Promise<string> {
    const child = spawn('bash', ['-c', script, 'bash', path], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#children.push(child);
    const pieces: Buffer[] = [];
    child.stdout?.on('data', (piece: Buffer) => pieces.push(piece));
    return new Promise((resolve) =>
      child.once('close', (code, signal) =>
        resolve(`${code === 0 ? '' : `${signal ?? code} `}${Buffer.concat(pieces).toString()}`),
      ),
    );
  }

  async write(script: string): Promise<string> {
    const { path } = await this.stream.openInlet('path');
    const end = await this.bash(script, path);
    await this.stream.drain();
    return end;
  }

  async read(consumer: string, script: string): Promise<string> {
    const outlet = this.stream.outletOf(consumer as TaskName);
    if (outlet === undefined) throw new Error(`no consumer ${consumer}`);
    const end = await this.bash(script, await outlet.startAtPath());
    this.stream.leave(consumer as TaskName);
    return end;
  }

  consumer(name: string, { isLive = true, mayRestart = false } = {}): void {
    this.stream.addOutlet(name as TaskName, { isLive, mayRestart });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    this.stream.close();
    rmSync(this.directory, { recursive: true });
  }
}

describe.each([
  ['with the addon', native],
  ['without it', null],
])('%s', (_, addon) => {
  test('all bytes come through and are hashed, and the beginning is kept', async () => {
    await using rig = await StreamRig.open(addon);
    rig.consumer('a');
    const read = rig.read('a', 'md5sum < "$1"');
    expect(await rig.write('seq 1000000 > "$1"')).toBe('');
    const record = rig.stream.complete();
    expect(await read).toBe(await rig.bash('seq 1000000 | md5sum', ''));
    const whole = join(rig.directory, 'whole');
    await rig.bash('seq 1000000 > "$1"', whole);
    const { xxh128, bytes } = await createHasher(() => native).copyAndHash(whole, null);
    expect(record).toEqual({ bytes, xxh128, keptBytes: 1000 });
    expect(readFileSync(join(rig.directory, 'kept'))).toEqual(readFileSync(whole).subarray(0, 1000));
  });

  test('a consumer that comes when all is over gets all of it', async () => {
    await using rig = await StreamRig.open(addon);
    rig.consumer('late', { isLive: false });
    await rig.write(`head -c ${20 * MIB} /dev/zero > "$1"`);
    rig.stream.complete();
    expect(rig.stream.backlog.spilledBytes).toBeGreaterThanOrEqual(16 * MIB);
    expect(await rig.read('late', 'wc -c < "$1"')).toBe(`${20 * MIB}\n`);
  });

  test('a producer waits for a consumer that is slow: only what is in its pipe when it ends may go to disk', async () => {
    await using rig = await StreamRig.open(addon);
    rig.consumer('slow');
    const read = rig.read('slow', 'for ((n = 0; n < 200; n++)); do head -c 100K; done < "$1" | wc -c');
    await rig.write(`head -c ${200 * 100 * 1024} /dev/zero > "$1"`);
    rig.stream.complete();
    expect(await read).toBe(`${200 * 100 * 1024}\n`);
    expect(rig.stream.backlog.spilledBytes).toBeLessThanOrEqual(2 * MIB);
  });

  test('a producer does not wait for a consumer that takes nothing', async () => {
    await using rig = await StreamRig.open(addon);
    rig.consumer('idle');
    rig.consumer('busy');
    const idle = rig.read(
      'idle',
      'exec < "$1"; read -r; echo opened; until [ -e "${1%/*}/go" ]; do :; done; wc -c',
    );
    const busy = rig.read('busy', 'wc -c < "$1"');
    await rig.write(`{ echo; head -c ${30 * MIB} /dev/zero; } > "$1"`);
    rig.stream.complete();
    expect(await busy).toBe(`${30 * MIB + 1}\n`);
    mkdirSync(join(rig.directory, 'go'));
    expect(await idle).toMatch(/^opened\n\d+\n$/);
  });

  test('a producer without end is told when all have had enough, once the head is full', async () => {
    await using rig = await StreamRig.open(addon, 3 * MIB);
    rig.consumer('a');
    rig.consumer('b');
    const reads = ['a', 'b'].map((name) => rig.read(name, 'head -c 10 < "$1" | wc -c'));
    expect(await rig.write('yes > "$1"')).toBe('141 ');
    expect(rig.stream.isAbandoned).toBe(true);
    expect(rig.stream.complete().keptBytes).toBe(3 * MIB);
    expect(await Promise.all(reads)).toEqual(['10\n', '10\n']);
  });

  test('a consumer that starts anew gets everything again', async () => {
    await using rig = await StreamRig.open(addon);
    rig.consumer('a', { mayRestart: true });
    const outlet = rig.stream.outletOf('a' as TaskName);
    const written = rig.write('seq 1500000 > "$1"');
    expect(await rig.bash('head -1 "$1"', (await outlet?.startAtPath()) ?? '')).toBe('1\n');
    await written;
    rig.stream.complete();
    expect(await rig.read('a', 'wc -l < "$1"')).toBe('1500000\n');
  });

  test('a consumer that may start anew holds up nobody: the stream goes to disk as it comes', async () => {
    await using rig = await StreamRig.open(addon);
    rig.consumer('a', { mayRestart: true });
    const read = rig.read('a', 'exec < "$1"; head -c 1; until [ -e "${1%/*}/go" ]; do :; done; wc -c');
    const { path } = await rig.stream.openInlet('path');
    expect(await rig.bash(`head -c ${40 * MIB} /dev/zero > "$1"`, path)).toBe('');
    // Nobody has found out how long it takes nothing.
    expect(rig.stream.outletOf('a' as TaskName)?.isStalled).toBe(false);
    mkdirSync(join(rig.directory, 'go'));
    await rig.stream.drain();
    rig.stream.complete();
    expect(await read).toMatch(/\d+\n$/);
    expect(rig.stream.backlog.spilledBytes).toBeGreaterThanOrEqual(32 * MIB);
  });

  test('a consumer that could start and has not is asked for when much has gone to disk', async () => {
    await using rig = await StreamRig.open(addon);
    rig.consumer('a');
    await rig.write(`head -c ${80 * MIB} /dev/zero > "$1"`);
    expect(rig.starvings).toBe(1);
  });

  test('who opens its end when the stream is over finds nothing, and who waits there is let go', async () => {
    await using rig = await StreamRig.open(addon);
    rig.consumer('waiting');
    rig.consumer('late');
    const waiting = rig.read('waiting', 'wc -c < "$1"; wc -c < "$1"; echo x > "$1"; wc -c < "$1"');
    await rig.write(':');
    rig.stream.complete();
    expect(await waiting).toBe('0\n0\n0\n');
    expect(await rig.read('late', 'wc -c < "$1"')).toBe('0\n');
  });

  test('a disk that takes nothing more ends the stream, and is told', async () => {
    await using rig = await StreamRig.open(addon);
    mkdirSync(join(rig.directory, '0.spill'));
    rig.consumer('a', { isLive: false });
    expect(await rig.write('yes > "$1"')).toBe('141 ');
    rig.stream.complete();
    expect(rig.stream.failure).toMatchObject({
      kind: 'io',
      action: 'write',
      path: join(rig.directory, '0.spill'),
    });
  });

  test('nothing is left when it is closed', async () => {
    await using rig = await StreamRig.open(addon, 0);
    rig.consumer('a', { isLive: false });
    await rig.write(`head -c ${10 * MIB} /dev/zero > "$1"`);
    rig.stream.close();
    expect(readdirSync(rig.directory).filter((name) => name.endsWith('.spill'))).toEqual([]);
  });
});
