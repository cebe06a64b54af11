import { closeSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadNative } from '../../src/data/native-addon.ts';
import type { Launch, LaunchEnd, Launcher } from '../../src/run/launch.ts';
import { nativeLauncher } from '../../src/run/native-process.ts';
import { launchByNode } from '../../src/run/node-process.ts';
import { SystemPipes } from '../../src/run/pipe-source.ts';
import type { PipeReader } from '../../src/run/task-pipes.ts';

/** Every way to start a process; the addon's is there wherever these tests run. */
export function launchers(): readonly (readonly [string, Launcher])[] {
  const native = nativeLauncher();
  if (native === null) throw new Error('the addon cannot start processes here');
  return [
    ['the addon', native],
    ['Node', launchByNode],
  ];
}

export interface Finished {
  readonly pid: number | null;
  readonly end: LaunchEnd;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly pid: number;
  readonly ended: Promise<LaunchEnd>;
  readonly finished: Promise<Finished>;
  /** Resolves when its stdout holds the text. */
  readonly printed: (text: string) => Promise<void>;
}

type Command = readonly [string, ...string[]];
type Changes = Partial<Pick<Launch, 'directory' | 'environment'>>;

export interface LaunchRig extends Disposable {
  readonly directory: string;
  /** Writes a file into the rig's directory and returns its path. */
  file(name: string, content: string, mode?: number): string;
  start(command: Command, changes?: Changes): Promise<Started>;
  run(command: Command, changes?: Changes): Promise<Finished>;
}

export function launchRig(launcher: Launcher): LaunchRig {
  const directory = mkdtempSync(join(tmpdir(), 'otto-launch-'));
  const source = new SystemPipes(loadNative());
  const start: LaunchRig['start'] = async ([file, ...args], changes = {}) => {
    const { stdout, stderr } = (await source.take()).open();
    const { pid, ended } = launcher({
      command: { file, args },
      directory,
      environment: { PATH: process.env.PATH ?? '' },
      stdin: null,
      further: [],
      output: { stdout: stdout.writer, stderr: stderr.writer },
      ...changes,
    });
    for (const { writer } of [stdout, stderr]) closeSync(writer);
    const finished = Promise.all([ended, textOf(stdout.reader), textOf(stderr.reader)]);
    return {
      pid: pid ?? -1,
      ended,
      finished: finished.then(([end, out, err]) => ({ pid, end, stdout: out, stderr: err })),
      printed: (text) => untilPrinted(stdout.reader, text),
    };
  };
  return {
    directory,
    file: (name, content, mode = 0o755) => {
      writeFileSync(join(directory, name), content, { mode });
      return join(directory, name);
    },
    start,
    run: async (command, changes) => (await start(command, changes)).finished,
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function textOf(stream: PipeReader): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.once('close', () => resolve(Buffer.concat(chunks).toString()));
  });
}

function untilPrinted(stream: PipeReader, text: string): Promise<void> {
  let seen = '';
  return new Promise((resolve) => {
    stream.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
      if (seen.includes(text)) resolve();
    });
  });
}

const CLOSE_ON_EXEC = 0o2000000;

/** Descriptors above 2 that this process got from its own parent and hands on to every child that does not refuse them. */
export function handedOn(): number[] {
  const numbers = readdirSync('/proc/self/fdinfo').map(Number);
  return numbers.filter((number) => number > 2 && !(flagsOf(number) & CLOSE_ON_EXEC));
}

function flagsOf(descriptor: number): number {
  try {
    const text = readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1');
    return Number.parseInt(/^flags:\s*(\d+)$/m.exec(text)?.[1] ?? '', 8);
  } catch {
    return CLOSE_ON_EXEC;
  }
}
