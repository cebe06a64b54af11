import { existsSync, lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { FailureError } from '../../base/failure.ts';
import { attempt } from '../../base/io-failure.ts';
import { createHasher, KeptFiles } from '../../data/checksum.ts';
import { nativeOrNull } from '../../data/native-or-null.ts';
import { checkRegions } from '../../history/check-regions.ts';
import { checkValues, type ValuesCheck } from '../../history/check-values.ts';
import { type RunRecord, readRunRecord } from '../../history/run-record.ts';
import type { TaskValues } from '../../history/run-values.ts';
import { readTaskPlace } from '../../history/task-place.ts';
import { quote } from '../../ottofile/quote.ts';
import { checkJson, checkText } from './data-check-text.ts';
import { type DataContext, scopeOf, withValues } from './data-context.ts';
import { findRun, openRun } from './find-run.ts';
import { misuse } from './state-context.ts';

/**
 * `otto data check [RUN | FILE | DIR]`: compares the values of a run in history with the hashes recorded of them, and checks
 * regions in shared memory by the rules of docs/shm-format.md. 1: something is damaged.
 */
export async function dataCheck(context: DataContext, words: readonly string[]): Promise<number> {
  const [word = null, surplus] = words;
  if (surplus !== undefined) throw misuse('otto data check takes one run, file or directory at a time');
  const subject = subjectOf(context, word);
  const values = subject.run === null ? null : await checkHistory(context, subject.run);
  const regions = checkRegions(context.loadNative, subject.regions);
  const result = { run: subject.run, values, regions };
  context.write(context.options.flags.has('json') ? checkJson(result) : checkText(result));
  const problems = [...(values?.problems ?? []), ...regions.flatMap(({ problem }) => problem ?? [])];
  for (const problem of problems) context.warn(problem);
  return problems.length === 0 ? 0 : 1;
}

/** What is to be checked: a run in history, directories of regions, or both. */
interface Subject {
  readonly run: RunRecord | null;
  readonly regions: readonly string[];
}

function subjectOf(context: DataContext, word: string | null): Subject {
  const scope = scopeOf(context);
  const place = word === null ? null : findRun(scope, word);
  if (word === null || place !== null) return runSubject(openRun(scope, place));
  const path = resolve(word);
  const stat = attempt('look at', path, () => statSync(path, { throwIfNoEntry: false }));
  if (stat === undefined)
    throw misuse(`there is no run and no file ${quote(word)}`, 'otto history lists the runs');
  const subject = stat.isDirectory() ? directorySubject(path) : fileSubject(path);
  if (subject !== null) return subject;
  throw misuse(
    `${quote(word)} is neither a run nor a region`,
    'name a run, or in shared memory a file "region", its directory, or the directory of a run (OTTO_SHM_DIR)',
  );
}

/** A run that goes on, or was killed, may have regions besides. */
function runSubject(run: RunRecord): Subject {
  const places = run.finishedAt === null ? run.tasks.map((task) => readTaskPlace(task.directory)) : [];
  return { run, regions: places.flatMap((place) => (place?.store === 'shm' ? [place.spool] : [])) };
}

function fileSubject(path: string): Subject | null {
  if (basename(path) === 'region') return { run: null, regions: [dirname(path)] };
  return basename(path) === 'run.json' ? directorySubject(dirname(path)) : null;
}

function directorySubject(path: string): Subject | null {
  if (existsSync(join(path, 'run.json'))) return runSubject(recordIn(path));
  // The region of a task may lie on disk; its directory is known by the lock beside it.
  if (isThere(join(path, 'region')) || isRunInMemory(dirname(path))) return { run: null, regions: [path] };
  if (!isRunInMemory(path)) return null;
  return { run: null, regions: tasksIn(path) };
}

/**
 * The tasks of a run that have a region, here or on disk. A directory without one holds what a region elsewhere had no room for,
 * or its task is just about to start.
 */
function tasksIn(path: string): string[] {
  const link = join(path, '.spill');
  const places = isThere(link) ? [path, attempt('read', link, () => readlinkSync(link))] : [path];
  return attempt('read', path, () => readdirSync(path, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .filter(({ name }) => places.some((place) => isThere(join(place, name, 'region'))))
    .map(({ name }) => join(path, name));
}

const isRunInMemory = (path: string): boolean => isThere(join(path, '.lock'));

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

function recordIn(directory: string): RunRecord {
  const record = readRunRecord(directory);
  if (!record.ok) throw new FailureError(record.error);
  return record.value;
}

function checkHistory(context: DataContext, run: RunRecord): Promise<ValuesCheck> {
  const hasher = createHasher(nativeOrNull);
  return withValues(context, run, async (values) => {
    const tasks = (await values.all()).filter(isInHistory);
    return checkValues(values, tasks, { hasher, files: new KeptFiles(hasher) });
  });
}

/** Values that are in a region are checked with it. */
const isInHistory = ({ from, problem }: TaskValues): boolean => from !== 'region' && problem?.kind !== 'shm';
