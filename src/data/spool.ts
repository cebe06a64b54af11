import { lstatSync, promises, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, attemptAsync } from '../base/io-failure.ts';
import type { TaskName } from '../base/task-name.ts';
import { orderBashKeys } from './bash-order.ts';
import { type JournalRecord, type JournalValue, lastWins, parseJournal, valueFailure } from './journal.ts';

/** A task's spool directory, to be read when the task has ended. */
export interface Spool {
  readonly task: TaskName;
  readonly directory: string;
  /** Where bash leaves OUTPUT when `directory` has no room (docs/task-protocol.md, section 1). */
  readonly spareDirectory?: string;
  readonly scriptText: string;
}

const SPOOL_FILE = /^(?:sent|journal|outputs|vars|names|refs|input-\d+|\d+-\d+\.value)$/;

/** True for the names that runner and clients use in a spool (docs/task-protocol.md, section 1). */
export const isSpoolFile = (name: string): boolean => SPOOL_FILE.test(name);

/** All values that a task left in its spool, in the order in which their keys were first set. */
export async function readSpool(spool: Spool): Promise<JournalValue[]> {
  return lastWins(await spoolRecords(spool));
}

/** The records that a task left in its spool: those of bash's OUTPUT come last. */
export async function spoolRecords(spool: Spool): Promise<JournalRecord[]> {
  const journal = await readIfThere(join(spool.directory, 'journal'));
  const outputs = await readOutputs(spool);
  const records = journal === null ? [] : parseJournal(journal, { task: spool.task, fileName: 'journal' });
  if (outputs === null) return records;
  const fromBash = parseJournal(outputs, { task: spool.task, fileName: 'outputs' });
  return records.concat(inScriptOrder(fromBash, spool.scriptText));
}

/** What a running task has sent to a store that keeps it in its spool (stores/sent-values.ts). */
export async function sentRecords(spool: Spool): Promise<JournalRecord[]> {
  const sent = await readIfThere(join(spool.directory, 'sent'));
  return sent === null ? [] : parseJournal(sent, { task: spool.task, fileName: 'sent' });
}

/** What could not be written whole to the first directory stands in the second: last wins, and a record cut short is ignored. */
async function readOutputs({ directory, spareDirectory }: Spool): Promise<Buffer | null> {
  const outputs = await readIfThere(join(directory, 'outputs'));
  const spare = spareDirectory === undefined ? null : await readIfThere(join(spareDirectory, 'outputs'));
  return outputs === null || spare === null ? (outputs ?? spare) : Buffer.concat([outputs, spare]);
}

/** Length of a spool file that a record names. The name has been checked; that it is a plain file has not. */
export function spoolFileBytes(spool: Spool, value: JournalValue & { kind: 'file' }): number {
  const path = join(spool.directory, value.fileName);
  const stat = attempt('read', path, () => lstatSync(path, { throwIfNoEntry: false }));
  if (!stat?.isFile())
    throw valueFailure(spool.task, value.key, `its spool file ${value.fileName} is missing`);
  return stat.size;
}

function inScriptOrder(records: readonly JournalRecord[], scriptText: string): JournalRecord[] {
  const byKey = new Map(records.map((record) => [record.key, record]));
  return orderBashKeys([...byKey.keys()], scriptText).flatMap((key) => byKey.get(key) ?? []);
}

const SMALL_BYTES = 1024 * 1024;

async function readIfThere(path: string): Promise<Buffer | null> {
  const stat = attempt('read', path, () => statSync(path, { throwIfNoEntry: false }));
  if (stat === undefined) return null;
  if (stat.size <= SMALL_BYTES) return attempt('read', path, () => readFileSync(path));
  return attemptAsync('read', path, () => promises.readFile(path));
}
