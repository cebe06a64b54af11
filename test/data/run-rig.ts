import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeTaskName, type TaskName } from '../../src/base/task-name.ts';
import type { PreparedTask, RunData, RunDataOptions } from '../../src/data/run-data.ts';
import type { Store } from '../../src/data/store.ts';
import { createRunData } from '../../src/data/stored-run-data.ts';
import { createFilesStore } from '../../src/data/stores/files.ts';
import type { KeptValue } from '../../src/data/value.ts';

export const taskName = (name: string): TaskName => name as TaskName;

export interface TaskSetting {
  readonly dependencies?: readonly string[];
  readonly readers?: number;
  readonly language?: 'bash' | 'python' | 'node' | null;
  readonly scriptText?: string;
}

/** A run without processes: the test itself leaves in the spool what a script would. */
export class RunRig {
  readonly directory = mkdtempSync(join(tmpdir(), 'otto-run-data-'));
  readonly kept = new Map<string, readonly KeptValue[]>();
  readonly data: RunData;

  constructor(options: Partial<RunDataOptions> & { store?: Store } = {}) {
    this.data = createRunData({
      store: createFilesStore(this.directory),
      runDirectory: this.directory,
      onKept: (task, values) => this.kept.set(task, values),
      ...options,
    });
  }

  taskDirectory(name: string): string {
    return join(this.directory, 'tasks', encodeTaskName(name));
  }

  async prepare(name: string, setting: TaskSetting = {}): Promise<PreparedTask & { spool: string }> {
    const taskDirectory = this.taskDirectory(name);
    mkdirSync(taskDirectory, { recursive: true });
    const prepared = await this.data.prepare({
      name: taskName(name),
      taskDirectory,
      dependencies: (setting.dependencies ?? []).map(taskName),
      language: setting.language === undefined ? 'bash' : setting.language,
      scriptText: setting.scriptText ?? '',
      usesValues: true,
      script: { path: join(taskDirectory, 'script.sh'), source: '/project/otto.yml', line: 3 },
      params: {},
      workdir: '/project',
      readers: setting.readers ?? 0,
    });
    return { ...prepared, spool: prepared.environment.OTTO_SPOOL ?? '' };
  }

  /** Prepares a task, leaves files in its spool, and finishes it. */
  async run(
    name: string,
    files: Readonly<Record<string, string | Buffer>>,
    setting: TaskSetting = {},
  ): Promise<void> {
    const { spool } = await this.prepare(name, setting);
    for (const [file, data] of Object.entries(files)) writeFileSync(join(spool, file), data);
    await this.data.finish(taskName(name));
  }

  output(name: string): string {
    return readFileSync(join(this.taskDirectory(name), `output.${encodeTaskName(name)}.json`), 'utf8');
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
