import { constants, promises, statSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { FailureError } from '../../base/failure.ts';
import { attempt, attemptAsync } from '../../base/io-failure.ts';
import type { TaskName } from '../../base/task-name.ts';
import type { Entry } from '../value.ts';
import { OutputFileParser } from './output-file.ts';
import { CapturedValues, type ValueFiles, ValueSink } from './value-sink.ts';

const CHUNK_BYTES = 1024 * 1024;
/** A pipe or a link in the file's place is neither waited for nor followed. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** So many problems are told; the rest is most often of the same kind. */
const TOLD_PROBLEMS = 5;

/** What a task has written to `$OTTO_OUTPUT`. */
export interface OutputFileContent {
  readonly entries: readonly Entry[];
  /** Fails the task: something in it was not understood. */
  readonly failure: FailureError | null;
}

interface Problem {
  readonly offset: number;
  readonly detail: string;
}

/** Reads the file in pieces; null when there is none. */
export async function readOutputFile(
  task: TaskName,
  path: string,
  files: ValueFiles,
): Promise<OutputFileContent | null> {
  const stat = attempt('read', path, () => statSync(path, { throwIfNoEntry: false }));
  if (stat === undefined) return null;
  const file = await attemptAsync('read', path, () => promises.open(path, FLAGS));
  try {
    if (!(await file.stat()).isFile())
      throw new FailureError({ kind: 'io', action: 'read', path, code: 'it is not a plain file' });
    const values = new CapturedValues(files);
    const problems: Problem[] = [];
    const parser = new OutputFileParser(new Collector(values, files, problems));
    await eachChunk(file, path, (chunk) => parser.push(chunk));
    parser.end();
    const failure = problems.length === 0 ? null : await explain(task, { file, path }, problems);
    return { entries: values.entries, failure };
  } finally {
    await file.close();
  }
}

class Collector {
  readonly #values: CapturedValues;
  readonly #files: ValueFiles;
  readonly #problems: Problem[];
  #key = '';
  #sink: ValueSink | null = null;

  constructor(values: CapturedValues, files: ValueFiles, problems: Problem[]) {
    this.#values = values;
    this.#files = files;
    this.#problems = problems;
  }

  begin(key: string): void {
    this.#key = key;
    this.#sink = new ValueSink(this.#files);
  }

  piece(bytes: Buffer): void {
    this.#sink?.write(bytes);
  }

  end(): void {
    if (this.#sink !== null) this.#values.set(this.#sink.end(this.#key));
    this.#sink = null;
  }

  drop(): void {
    this.#sink?.drop();
    this.#sink = null;
  }

  problem(offset: number, detail: string): void {
    this.#problems.push({ offset, detail });
  }
}

async function eachChunk(file: FileHandle, path: string, take: (chunk: Buffer) => void): Promise<void> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let at = 0; ; ) {
    const { bytesRead } = await attemptAsync('read', path, () => file.read(buffer, 0, CHUNK_BYTES, at));
    if (bytesRead === 0) return;
    take(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
}

interface OpenFile {
  readonly file: FileHandle;
  readonly path: string;
}

/** Only now lines are counted: it is seldom needed, and takes as long as reading. */
async function explain(
  task: TaskName,
  { file, path }: OpenFile,
  problems: readonly Problem[],
): Promise<FailureError> {
  const told = problems.slice(0, TOLD_PROBLEMS).toSorted((a, b) => a.offset - b.offset);
  const lines = new Map<number, number>();
  let [line, start] = [1, 0];
  await eachChunk(file, path, (chunk) => {
    let at = 0;
    for (const { offset } of told.filter((one) => one.offset >= start && one.offset < start + chunk.length)) {
      line += countLines(chunk.subarray(at, offset - start));
      at = offset - start;
      lines.set(offset, line);
    }
    line += countLines(chunk.subarray(at));
    start += chunk.length;
  });
  const more = problems.length - told.length;
  return new FailureError({
    kind: 'output-file',
    task,
    path,
    problems: told.map(({ offset, detail }) => ({ line: lines.get(offset) ?? line, detail })),
    more,
  });
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}
