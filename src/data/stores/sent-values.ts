import { closeSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { FailureError } from '../../base/failure.ts';
import { attempt } from '../../base/io-failure.ts';
import type { Incoming } from '../broker/backend.ts';
import { type Replacement, replaceEntries } from '../declared-outputs.ts';
import { journalRecord, MAX_RECORD_BYTES } from '../journal.ts';
import type { Entry, ValueType } from '../value.ts';

/**
 * What one task has sent, in otto's memory and in files of its spool. Each commit is a record in the spool's file `sent`, in the grammar of
 * the journal: so what is committed survives otto itself, and `otto data` reads it while the task runs. A value that fits no record has
 * a file, as in the journal.
 */
export class SentValues {
  /** In the order of their first commits. */
  readonly entries = new Map<string, Entry>();
  readonly #directory: string;
  readonly #path: string;
  #descriptor: number | null = null;
  #files = 0;

  constructor(directory: string) {
    this.#directory = directory;
    this.#path = join(directory, 'sent');
  }

  put(key: string, type: ValueType, value: Incoming): void {
    if (value.kind === 'memory' && value.data.length <= MAX_RECORD_BYTES) {
      const record = journalRecord(key, { kind: 'inline', type, data: value.data });
      if (record !== null) {
        this.#commitInline(record, { key, type, data: value.data });
        return;
      }
    }
    this.#commitFile(key, type, value);
  }

  delete(key: string): void {
    if (!this.entries.has(key)) return;
    this.#append(journalRecord(key, { kind: 'deleted' }));
    this.#forget(key);
    this.entries.delete(key);
  }

  /** A value of a task that has ended has become another one. */
  replace(replacement: Replacement): void {
    const entry = this.entries.get(replacement.key);
    if (entry === undefined) return;
    if (replacement.data !== null) this.#forget(entry.key);
    for (const replaced of replaceEntries([entry], [replacement])) this.entries.set(entry.key, replaced);
  }

  /** No more is to come. */
  end(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }

  remove(): void {
    this.end();
    for (const key of this.entries.keys()) this.#forget(key);
    rmSync(this.#path, { force: true });
  }

  #commitInline(record: Buffer, value: { key: string; type: ValueType; data: Uint8Array }): void {
    const { key, type, data } = value;
    this.#append(record);
    this.#forget(key);
    this.entries.set(key, { key, type, bytes: data.length, source: { kind: 'memory', data } });
  }

  #commitFile(key: string, type: ValueType, value: Incoming): void {
    // No client has this pid.
    const fileName = `0-${++this.#files}.value`;
    const path = join(this.#directory, fileName);
    try {
      place(value, path);
      this.#append(journalRecord(key, { kind: 'file', type, fileName }));
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    }
    this.#forget(key);
    const bytes = value.kind === 'file' ? value.bytes : value.data.length;
    this.entries.set(key, { key, type, bytes, source: { kind: 'file', path }, onDisk: true });
  }

  /** A record that could not be written whole is none: readers ignore it. */
  #append(record: Buffer | null): void {
    if (record === null) throw new Error('a record for a key that no client sends');
    const written = attempt('write', this.#path, () => {
      this.#descriptor ??= openSync(this.#path, 'a', 0o600);
      return writeSync(this.#descriptor, record);
    });
    if (written < record.length)
      throw new FailureError({ kind: 'io', action: 'write', path: this.#path, code: 'ENOSPC' });
  }

  #forget(key: string): void {
    const source = this.entries.get(key)?.source;
    if (source?.kind === 'file') rmSync(source.path, { force: true });
  }
}

function place(value: Incoming, path: string): void {
  attempt('write', path, () => {
    if (value.kind === 'file') renameSync(value.path, path);
    else writeFileSync(path, value.data, { mode: 0o600, flag: 'wx' });
  });
}
