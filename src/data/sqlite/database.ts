import { isUtf8 } from 'node:buffer';
import { readFileSync, rmSync } from 'node:fs';
import { attempt } from '../../base/io-failure.ts';
import type { TaskName } from '../../base/task-name.ts';
import { type Incoming, MAX_IN_MEMORY_BYTES, type ValueToPut } from '../broker/backend.ts';
import type { ValueType } from '../value.ts';
import type { DatabaseCalls, DatabasePlace, FoundValue, NewValue, RestoredValue } from './calls.ts';
import { Connection } from './connection.ts';
import { LargeFiles, moveFile } from './large-files.ts';
import { type OpenDatabase, openTaskDatabase } from './open-database.ts';
import { keyOf, type RowOrigin, valueOfRow } from './row-value.ts';
import type { ValueRow } from './statements.ts';
import { TaskCopies } from './task-copies.ts';

/** The values of one run in its database, for the thread that has it. Failures are FailureErrors. */
export class TaskDatabase implements DatabaseCalls {
  readonly #place: DatabasePlace;
  readonly #connection: Connection;
  readonly #files: LargeFiles;
  readonly #copies: TaskCopies;

  /** `open` comes from openTaskDatabase. */
  constructor(place: DatabasePlace, open: OpenDatabase) {
    this.#place = place;
    this.#connection = new Connection(place, open);
    this.#files = new LargeFiles(place.path);
    this.#copies = new TaskCopies(this.#files);
  }

  static async open(place: DatabasePlace): Promise<TaskDatabase> {
    return new TaskDatabase(place, await openTaskDatabase(place));
  }

  start(): void {}

  open(task: TaskName): void {
    this.#connection.begin(task);
  }

  restore(task: TaskName, values: readonly RestoredValue[]): void {
    for (const { key, type, value } of values) this.#put({ task, key, type, value }, this.#borrow(value));
    this.#connection.end(task);
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
    if (!isLarge) this.#copies.add(task, number);
  }

  delete(task: TaskName, key: string): void {
    const before = this.#rowOf(task, key);
    this.#connection.write((statements) => statements.delete.run(task, key));
    this.#copies.forget(task, before);
  }

  get(task: TaskName, key: string): FoundValue | null {
    const row = this.#rowOf(task, key);
    return row === null ? null : this.#valueOf(task, row);
  }

  seal(task: TaskName): readonly FoundValue[] {
    this.#connection.end(task);
    const values = this.#connection.read((statements) => {
      const rows = statements.list.all(task) as ValueRow[];
      return rows.map((row) => this.#valueOf(task, row));
    });
    const used = values.flatMap(({ source }) => (source.kind === 'file' ? [source.path] : []));
    this.#copies.keepOnly(task, new Set(used));
    return values;
  }

  replace(task: TaskName, replacements: readonly NewValue[]): void {
    this.#connection.write((statements) => {
      statements.open.run(task);
      for (const { key, type, data } of replacements) {
        if (data === null) statements.retype.run(type, task, key);
        else statements[type === 'bytes' ? 'putBytes' : 'putText'].run(task, key, data, type);
        statements.own.run(0, task, key);
      }
      statements.end.run(task);
    });
  }

  discard(task: TaskName): void {
    this.#connection.write((statements) => {
      // It may have been sealed.
      statements.open.run(task);
      statements.deleteAll.run(task);
      statements.end.run(task);
    });
    this.release(task);
  }

  release(task: TaskName): void {
    this.#copies.release(task);
  }

  close(): void {
    this.#connection.close(({ files }) => {
      const named = files.all() as { readonly file: string }[];
      this.#files.removeOthers(new Set(named.map(({ file }) => file)));
    });
    this.#copies.removeAll();
  }

  checkpoint(): void {
    this.#connection.checkpoint();
  }

  get logBytes(): number {
    return this.#connection.logBytes;
  }

  #put({ task, key, type }: ValueToPut, place: Place): void {
    const before = this.#rowOf(task, key);
    this.#connection.write(
      (statements) => {
        if (place.kind === 'file') {
          statements.putFile.run(task, key, place.name, type);
          statements.own.run(0, task, key);
          return;
        }
        const put = isText(type, place.data) ? statements.putText : statements.putBytes;
        put.run(task, key, place.data, type);
        statements.own.run(place.copy, task, key);
      },
      place.kind === 'data' ? place.data.length : 0,
    );
    this.#copies.forget(task, before);
  }

  #borrow(value: Incoming): Place {
    if (value.kind === 'memory') return { kind: 'data', data: value.data, copy: 0 };
    if (value.bytes <= this.#place.largestBytes) return { kind: 'data', data: read(value.path), copy: 0 };
    const name = this.#files.nameOf(this.#files.next());
    this.#files.link(value.path, name);
    return { kind: 'file', name };
  }

  #rowOf(task: TaskName, key: string): ValueRow | null {
    return this.#connection.use(
      (statements) => (statements.get.get(task, key) as ValueRow | undefined) ?? null,
    );
  }

  #valueOf(task: TaskName, row: ValueRow): FoundValue {
    const copy = this.#copyOf(task, row);
    if (copy !== null) return copy;
    const value = valueOfRow(row, this.#origin(task));
    const { key, type } = value;
    if (value.kind === 'file') {
      const { path, bytes } = value;
      return { key, type, bytes, source: { kind: 'file', path }, stays: true };
    }
    return { key, type, ...this.#inPlace(task, value.data), stays: false };
  }

  /** The file that a large value came in, as long as the row is otto's own. */
  #copyOf(task: TaskName, row: ValueRow): FoundValue | null {
    if (row.file !== null || !row.own) return null;
    const source = { kind: 'file', path: this.#files.pathOf(row.own) } as const;
    return { key: keyOf(task, row), type: row.type ?? 'raw', bytes: row.bytes ?? 0, source, stays: false };
  }

  #inPlace(task: TaskName, data: Buffer): Pick<FoundValue, 'bytes' | 'source'> {
    const bytes = data.length;
    if (bytes <= MAX_IN_MEMORY_BYTES) return { bytes, source: { kind: 'memory', data } };
    const copy = this.#files.next();
    const path = this.#files.write(copy, data);
    this.#copies.add(task, copy);
    return { bytes, source: { kind: 'file', path } };
  }

  #origin(task: TaskName): RowOrigin {
    const bytesOf = ({ key }: ValueRow): Uint8Array =>
      this.#connection.use(({ bytes }) => bytes.get(task, key) as { readonly data: Uint8Array }).data;
    return { task, files: this.#files, largestBytes: this.#place.largestBytes, bytesOf };
  }
}

/** What goes into a row. */
type Place =
  | { readonly kind: 'data'; readonly data: Uint8Array; readonly copy: number }
  | { readonly kind: 'file'; readonly name: string };

const read = (path: string): Buffer => attempt('read', path, () => readFileSync(path));
const isText = (type: ValueType, data: Uint8Array): boolean =>
  type === 'json' || (type !== 'bytes' && isUtf8(data));
