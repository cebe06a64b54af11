import { existsSync, lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { FailureError } from '../../base/failure.ts';
import { attempt } from '../../base/io-failure.ts';
import { createHasher, KeptFiles } from '../../data/checksum.ts';
import { nativeOrNull } from '../../data/native-or-null.ts';
import { checkExport } from '../../history/check-export.ts';
import { checkRegions } from '../../history/check-regions.ts';
import { checkValues, type Hashing, type ValuesCheck } from '../../history/check-values.ts';
import { EXPORT_INDEX } from '../../history/export-values.ts';
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
 * regions in shared memory by the rules of docs/shm-format.md, or an export with its index. 1: something is damaged.
 */
export async function dataCheck(context: DataContext, words: readonly string[]): Promise<number> {
  const [word = null, surplus] = words;
  if (surplus !== undefined) throw misuse('otto data check takes one run, file or directory at a time');
  const subject = subjectOf(context, word);
  const { run, exported } = subject;
  const values =
    exported === null ? run && (await checkHistory(context, run)) : await checkExport(exported, hashing());
  const regions = checkRegions(context.loadNative, subject.regions);
  const result = { run, exported, values, regions };
  context.write(context.options.flags.has('json') ? checkJson(result) : checkText(result));
  const problems = [...(values?.problems ?? []), ...regions.flatMap(({ problem }) => problem ?? [])];
  for (const problem of problems) context.warn(problem);
  return problems.length === 0 ? 0 : 1;
}

/** What is to be checked: a run in history, directories of regions, or both; or the directory of an export. */
interface Subject {
  readonly run: RunRecord | null;
  readonly exported: string | null;
  readonly regions: readonly string[];
}

const regionsSubject = (regions: readonly string[]): Subject => ({ run: null, exported: null, regions });

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
    `${quote(word)} is neither a run nor a region nor an export`,
    'name a run; in shared memory a file "region", its directory, or the directory of a run (OTTO_SHM_DIR); or a directory of otto data export',
  );
}

/** A run that goes on, or was killed, may have regions besides. */
function runSubject(run: RunRecord): Subject {
  const places = run.finishedAt === null ? run.tasks.map((task) => readTaskPlace(task.directory)) : [];
  return {
    run,
    exported: null,
    regions: places.flatMap((place) => (place?.store === 'shm' ? [place.spool] : [])),
  };
}

function fileSubject(path: string): Subject | null {
  if (basename(path) === 'region') return regionsSubject([dirname(path)]);
  return ['run.json', EXPORT_INDEX].includes(basename(path)) ? directorySubject(dirname(path)) : null;
}

function directorySubject(path: string): Subject | null {
  if (existsSync(join(path, 'run.json'))) return runSubject(recordIn(path));
  if (existsSync(join(path, EXPORT_INDEX))) return { run: null, exported: path, regions: [] };
  // The region of a task may lie on disk; its directory is known by the lock beside it.
  if (isThere(join(path, 'region')) || isRunInMemory(dirname(path))) return regionsSubject([path]);
  return isRunInMemory(path) ? regionsSubject(tasksIn(path)) : null;
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
  return withValues(context, run, async (values) => {
    const tasks = await values.all();
    return withRegions(await checkValues(values, tasks.filter(isInHistory), hashing()), tasks);
  });
}

function hashing(): Hashing {
  const hasher = createHasher(nativeOrNull);
  return { hasher, files: new KeptFiles(hasher) };
}

/** The values in regions are the run's, too; they have no hash. */
function withRegions(check: ValuesCheck, tasks: readonly TaskValues[]): ValuesCheck {
  const found = tasks.flatMap(({ from, values }) => (from === 'region' ? values : []));
  const bytes = found.reduce((sum, value) => sum + value.bytes, check.bytes);
  return { ...check, values: check.values + found.length, bytes };
}

/** Values that are in a region are checked with it. */
const isInHistory = ({ from, problem }: TaskValues): boolean => from !== 'region' && problem?.kind !== 'shm';
