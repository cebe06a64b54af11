import { FailureError } from '../../base/failure.ts';
import { type RunRecord, readRunRecord } from '../../history/run-record.ts';
import { findRuns, type RunPlace, runPath } from '../../history/state-tree.ts';
import { quote } from '../../ottofile/quote.ts';
import { misuse } from './state-context.ts';

/** Where runs are looked for. */
export interface RunScope {
  readonly home: string;
  /** The project's directory in it; null: every project's. */
  readonly folder: string | null;
}

/**
 * The run that a word of the command line means: by its name, the beginning of it, or as `latest`. Null when the word does not
 * look like a run's name, or no run has it: then it is something else. Throws FailureError when several runs begin like that.
 */
export function findRun({ home, folder }: RunScope, word: string): RunPlace | null {
  if (word !== 'latest' && !/^\d{4}/.test(word)) return null;
  const found = findRuns(home, folder, word);
  const exact = found.find(({ run }) => run === word);
  const [run, second] = found;
  if (exact === undefined && run !== undefined && second !== undefined) {
    throw misuse(`several runs begin with ${quote(word)}`, `for example ${run.run} and ${second.run}`);
  }
  return exact ?? run ?? null;
}

/** The record of a run; of the newest one when `place` is null. Throws FailureError. */
export function openRun(scope: RunScope, place: RunPlace | null): RunRecord {
  const wanted = place ?? findRun(scope, 'latest');
  if (wanted === null) {
    const hint = 'a run makes one: otto run TASK';
    throw misuse(
      scope.folder === null
        ? 'there is no run in the history'
        : 'there is no run of this project in the history',
      scope.folder === null ? hint : `${hint}; --all looks in every project`,
    );
  }
  const record = readRunRecord(runPath(scope.home, wanted));
  if (!record.ok) throw new FailureError(record.error);
  return record.value;
}
