import { isUtf8 } from 'node:buffer';
import { readFileSync, rmSync } from 'node:fs';
import { FailureError } from '../../base/failure.ts';
import { attempt } from '../../base/io-failure.ts';
import type { TaskName } from '../../base/task-name.ts';
import { type Incoming, MAX_IN_MEMORY_BYTES, type ValueToPut } from '../broker/backend.ts';
import { valueFailure } from '../journal.ts';
import type { ValueType } from '../value.ts';
import type { DatabaseCalls, DatabasePlace, FoundValue, RestoredValue } from './calls.ts';
import { LargeFiles, moveFile } from './large-files.ts';
import { type OpenDatabase, openTaskDatabase } from './open-database.ts';
import { meaningOf } from './row.ts';
import { LARGE_DIRECTORY } from './schema.ts';
import type { ValueRow } from './statements.ts';
import { databaseFailure } from './trouble.ts';

/** How long the end of a task waits for a program that keeps the database locked: its values can be read all the same. */
const MARK_TIMEOUT_MS = 200;
const CLOSE_TIMEOUT_MS = 1000;

/** The values of one run in its database, for the thread that has it. Failures are FailureErrors. */
export class TaskDatabase implements DatabaseCalls {
  readonly #place: DatabasePlace;
  readonly #files: LargeFiles;
  #open: OpenDatabase | null;
  /** Copies of large values by task: those that nobody asks for any more are removed when the task ends. */
  readonly #copies = new Map<TaskName, Set<number>>();
  /** Tasks that have ended while a program kept the database locked: hands could still change what is no longer looked at. */
  readonly #unmarked = new Set<TaskName>();
  /** Written since the log of changes was last put into the database. */
  #logBytes = 0;

  /** `open` comes from openTaskDatabase. */
  constructor(place: DatabasePlace, open: OpenDatabase) {
    this.#place = place;
    this.#open = open;
    this.#files = new LargeFiles(place.path);
  }

  static async open(place: DatabasePlace): Promise<TaskDatabase> {
    return new TaskDatabase(place, await openTaskDatabase(place));
  }

  start(): void {}

  open(task: TaskName): void {
    this.#write(({ statements }) => statements.open.run(task));
    this.#unmarked.delete(task);
  }

  restore(task: TaskName, values: readonly RestoredValue[]): void {
    for (const { key, type, value } of values) this.#put({ task, key, type, value }, this.#borrow(value));
    this.#end(task);
  }

  put(put: ValueToPut): void {
    const { task, value } = put;
    if (value.kind === 'memory') {
      this.#put(put, { kind: 'data', data: value.data, copy: 0 });
      return;
    }
    const number = this.#files.next();
    const isLarge = value.bytes > this.#place.largestBytes;
    const name = this.#files.nameOf(number);
    const path = isLarge ? this.#files.absolute(name) : this.#files.pathOf(number);
    try {
      moveFile(value.path, path);
      this.#put(put, isLarge ? { kind: 'file', name } : { kind: 'data', data: read(path), copy: number });
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    }
    if (!isLarge) this.#copiesOf(task).add(number);
  }

  delete(task: TaskName, key: string): void {
    const before = this.#rowOf(task, key);
    this.#write(({ statements }) => statements.delete.run(task, key));
    this.#forget(task, before);
  }

  get(task: TaskName, key: string): FoundValue | null {
    const row = this.#rowOf(task, key);
    return row === null ? null : this.#valueOf(task, row);
  }

  seal(task: TaskName): readonly FoundValue[] {
    this.#end(task);
    const values = this.#read(({ statements }) => {
      const rows = statements.list.all(task) as ValueRow[];
      return rows.map((row) => this.#valueOf(task, row));
    });
    const used = new Set(values.flatMap(({ source }) => (source.kind === 'file' ? [source.path] : [])));
    const unused = [...this.#copiesOf(task)].filter((copy) => !used.has(this.#files.pathOf(copy)));
    this.#files.removeCopies(unused);
    return values;
  }

  discard(task: TaskName): void {
    this.#write(({ statements }) => {
      // It may have been sealed.
      statements.open.run(task);
      statements.deleteAll.run(task);
      statements.end.run(task);
    });
    this.release(task);
  }

  release(task: TaskName): void {
    this.#files.removeCopies(this.#copies.get(task) ?? []);
    this.#copies.delete(task);
  }

  /** What is left is one file, which no log of changes belongs to. A program that has it open may keep it from that: then it is as readable. */
  close(): void {
    const open = this.#open;
    if (open === null) return;
    this.#open = null;
    try {
      open.file.check();
      open.setTimeout(CLOSE_TIMEOUT_MS);
      for (const task of this.#unmarked) open.statements.end.run(task);
      const named = open.statements.files.all() as { readonly file: string }[];
      this.#files.removeOthers(new Set(named.map(({ file }) => file)));
      open.settle();
    } catch {
      // It has been removed or overwritten, or is locked, or the disk is full; whoever needed it was told.
    } finally {
      for (const copies of this.#copies.values()) this.#files.removeCopies(copies);
      open.close();
    }
  }

  /** Puts the log of changes into the database, so that no program that uses it by hand has to. */
  checkpoint(): void {
    if (this.#logBytes === 0) return;
    this.#logBytes = 0;
    try {
      this.#usable().checkpoint();
    } catch {
      // The next one does it.
    }
  }

  get logBytes(): number {
    return this.#logBytes;
  }

  #put({ task, key, type }: ValueToPut, place: Place): void {
    const before = this.#rowOf(task, key);
    this.#write(({ statements }) => {
      if (place.kind === 'file') {
        statements.putFile.run(task, key, place.name, type);
        statements.own.run(0, task, key);
        return;
      }
      const put = isText(type, place.data) ? statements.putText : statements.putBytes;
      put.run(task, key, place.data, type);
      statements.own.run(place.copy, task, key);
    });
    this.#logBytes += place.kind === 'data' ? place.data.length : 1;
    this.#forget(task, before);
  }

  #borrow(value: Incoming): Place {
    if (value.kind === 'memory') return { kind: 'data', data: value.data, copy: 0 };
    if (value.bytes <= this.#place.largestBytes) return { kind: 'data', data: read(value.path), copy: 0 };
    const name = this.#files.nameOf(this.#files.next());
    this.#files.link(value.path, name);
    return { kind: 'file', name };
  }

  /** From now on hands cannot change its values. */
  #end(task: TaskName): void {
    const open = this.#usable();
    open.setTimeout(MARK_TIMEOUT_MS);
    try {
      for (const name of [task, ...this.#unmarked]) {
        open.statements.end.run(name);
        this.#unmarked.delete(name);
      }
    } catch {
      this.#unmarked.add(task);
    } finally {
      open.setTimeout(this.#place.lockTimeoutMs);
    }
  }

  #rowOf(task: TaskName, key: string): ValueRow | null {
    return this.#use(({ statements }) => (statements.get.get(task, key) as ValueRow | undefined) ?? null);
  }

  #valueOf(task: TaskName, row: ValueRow): FoundValue {
    if (!isUtf8(row.key)) throw valueFailure(task, shown(row.key), 'a key must be valid UTF-8');
    const key = shown(row.key);
    if (row.file !== null) return this.#inFile(task, key, { name: row.file, type: row.type ?? 'raw' });
    if (row.own) {
      const source = { kind: 'file', path: this.#files.pathOf(row.own) } as const;
      return { key, type: row.type ?? 'raw', bytes: row.bytes ?? 0, source, stays: false };
    }
    this.#requireReadable(task, row);
    const data = asBuffer(row.data ?? this.#bytesOf(task, row));
    const meaning = meaningOf({ ...row, isOwn: row.own !== null }, data, row.real ?? 0);
    if (meaning.kind === 'refused') throw valueFailure(task, key, meaning.why);
    return this.#inPlace(task, { key, type: meaning.type, data: meaning.data });
  }

  /** By hand SQLite takes larger values than can be read here. */
  #requireReadable(task: TaskName, { key, bytes }: ValueRow): void {
    const { largestBytes } = this.#place;
    if (bytes === null || bytes <= largestBytes) return;
    const why = `it has ${bytes} bytes, and otto reads at most ${largestBytes} from a database: put it into a file in ${LARGE_DIRECTORY}, and that name into the column file`;
    throw valueFailure(task, shown(key), why);
  }

  #inFile(task: TaskName, key: string, { name, type }: { name: string; type: ValueType }): FoundValue {
    const bytes = this.#files.bytesOf(name);
    if (bytes === null) throw valueFailure(task, key, `there is no plain file ${this.#files.absolute(name)}`);
    const source = { kind: 'file', path: this.#files.absolute(name) } as const;
    return { key, type, bytes, source, stays: true };
  }

  #inPlace(task: TaskName, { key, type, data }: { key: string; type: ValueType; data: Buffer }): FoundValue {
    const bytes = data.length;
    if (bytes <= MAX_IN_MEMORY_BYTES)
      return { key, type, bytes, source: { kind: 'memory', data }, stays: false };
    const copy = this.#files.next();
    const path = this.#files.write(copy, data);
    this.#copiesOf(task).add(copy);
    return { key, type, bytes, source: { kind: 'file', path }, stays: false };
  }

  #bytesOf(task: TaskName, row: ValueRow): Uint8Array {
    if (row.class === 'null' || row.class === 'real') return Buffer.alloc(0);
    const found = this.#use(({ statements }) => statements.bytes.get(task, row.key));
    return (found as { readonly data: Uint8Array }).data;
  }

  /** Removes the file of a value that is there no more. */
  #forget(task: TaskName, row: ValueRow | null): void {
    if (row?.own && this.#copiesOf(task).delete(row.own)) this.#files.removeCopies([row.own]);
    if (row?.file && row.own !== null) rmSync(this.#files.absolute(row.file), { force: true });
  }

  #copiesOf(task: TaskName): Set<number> {
    const known = this.#copies.get(task) ?? new Set();
    this.#copies.set(task, known);
    return known;
  }

  /** One transaction: all of it is committed, or nothing. */
  #write(work: (open: OpenDatabase) => void): void {
    this.#use((open) => open.transaction('begin', () => work(open)));
    this.#logBytes += 1;
  }

  /** Everything as it is at one moment. */
  #read<T>(work: (open: OpenDatabase) => T): T {
    return this.#use((open) => open.transaction('beginReading', () => work(open)));
  }

  #use<T>(work: (open: OpenDatabase) => T): T {
    const { path, lockTimeoutMs } = this.#place;
    const open = this.#usable();
    try {
      return work(open);
    } catch (error) {
      throw databaseFailure(error, path, lockTimeoutMs);
    }
  }

  #usable(): OpenDatabase {
    const { path } = this.#place;
    if (this.#open === null)
      throw new FailureError({ kind: 'io', action: 'use', path, code: 'it is closed: the run has ended' });
    this.#open.file.check();
    return this.#open;
  }
}

/** What goes into a row. */
type Place =
  | { readonly kind: 'data'; readonly data: Uint8Array; readonly copy: number }
  | { readonly kind: 'file'; readonly name: string };

const read = (path: string): Buffer => attempt('read', path, () => readFileSync(path));
const shown = (key: Uint8Array): string => asBuffer(key).toString();
const isText = (type: ValueType, data: Uint8Array): boolean =>
  type === 'json' || (type !== 'bytes' && isUtf8(data));

function asBuffer(data: Uint8Array): Buffer {
  return Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
