import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeTaskName, type TaskName } from '../../../src/base/task-name.ts';
import type { Backend } from '../../../src/data/broker/backend.ts';
import { bytesOf } from '../../../src/data/entry-bytes.ts';
import { createSqliteBackend, type SqliteOptions } from '../../../src/data/stores/sqlite-backend.ts';
import type { Entry, ValueType } from '../../../src/data/value.ts';

export const TASK = 'make: it' as TaskName;

export interface HandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The back end of the store sqlite, with TASK open, and hands: real sqlite3 programs. */
export class SqliteRig {
  readonly directory = mkdtempSync(join(tmpdir(), 'otto-sqlite-'));
  readonly database = join(this.directory, 'values.db');
  readonly backend: Backend;
  #files = 0;

  private constructor(options: SqliteOptions) {
    this.backend = createSqliteBackend(this.directory, options);
  }

  static async start(options: SqliteOptions = {}): Promise<SqliteRig> {
    const rig = new SqliteRig(options);
    await rig.backend.start();
    await rig.open(TASK);
    return rig;
  }

  async open(task: TaskName): Promise<void> {
    mkdirSync(this.#spoolOf(task), { recursive: true });
    await this.backend.open(task);
  }

  async end(): Promise<void> {
    await this.backend.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** As sqlite3 takes it from its standard input, so that any byte may stand in it. */
  hand(sql: string | Buffer): HandResult {
    const { status, stdout, stderr } = spawnSync('sqlite3', ['-bail', this.database], { input: sql });
    return { code: status, stdout: stdout.toString(), stderr: stderr.toString() };
  }

  /** A hand that must succeed. */
  hands(sql: string | Buffer): string {
    const { code, stdout, stderr } = this.hand(sql);
    if (code !== 0) throw new Error(`sqlite3 ended with ${code}: ${stderr}`);
    return stdout.trimEnd();
  }

  /** Sets values of TASK by hand: `'key', value` as SQL has it. */
  insert(...rows: readonly string[]): void {
    for (const row of rows)
      this.hands(`INSERT OR REPLACE INTO task_data (task, key, value) VALUES ('${TASK}', ${row});`);
  }

  /** A sqlite3 that has done this and goes on. */
  async keepOpen(sql: string): Promise<ChildProcess> {
    const child = spawn('sqlite3', [this.database], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin?.write(`${sql}\nSELECT 'ready';\n`);
    if (child.stdout !== null) await once(child.stdout, 'data');
    return child;
  }

  async put(key: string, data: string | Buffer, type: ValueType = 'string'): Promise<void> {
    const bytes = Buffer.from(data);
    const value = bytes.length > 65_536 ? this.#file(bytes) : ({ kind: 'memory', data: bytes } as const);
    await this.backend.put({ task: TASK, key, type, value });
  }

  async get(key: string): Promise<string | null> {
    const found = await this.backend.get(TASK, key);
    return found === null ? null : (await bytesOf(found)).toString();
  }

  /** Seals TASK: `key type text` of each value. */
  async sealed(task = TASK): Promise<string[]> {
    return Promise.all(
      (await this.seal(task)).map(async (entry) => `${entry.key} ${entry.type} ${await bytesOf(entry)}`),
    );
  }

  seal(task = TASK): Promise<readonly Entry[]> {
    return this.backend.seal(task, { newFile: () => join(this.#spoolOf(task), `0-${++this.#files}.value`) });
  }

  #spoolOf(task: TaskName): string {
    return join(this.directory, 'tasks', encodeTaskName(task));
  }

  #file(data: Buffer) {
    const path = join(this.directory, `incoming-${++this.#files}`);
    writeFileSync(path, data);
    return { kind: 'file', path, bytes: data.length } as const;
  }
}
