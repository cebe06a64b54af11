import type { TaskName } from '../base/task-name.ts';
import type { DeclaredOutputs } from './declared-outputs.ts';
import type { DataNotice } from './notice.ts';
import type { ScriptLanguage, ScriptParams } from './script-params.ts';
import type { StoreName } from './store.ts';

/** What a task has to be given before it starts. */
export interface PreparedTask {
  /** Variables to add to its environment (docs/task-protocol.md, section 1), without OTTO_TASK and the other general ones. */
  readonly environment: Readonly<Record<string, string>>;
  readonly notices: readonly DataNotice[];
}

/** The composed script and the line of the ottofile on which its text begins (docs/task-protocol.md, section 1). */
export interface ScriptPlace {
  readonly path: string;
  readonly source: string;
  readonly line: number;
}

export interface TaskToPrepare {
  readonly name: TaskName;
  /** Absolute path of `<run>/tasks/<task>`; exists. */
  readonly taskDirectory: string;
  /** Whose values it gets. Those that have not finished through `finish` never will: they have none. */
  readonly dependencies: readonly TaskName[];
  /** Of dependencies that are a `foreach`: their items, which are dependencies too. */
  readonly items?: ReadonlyMap<TaskName, readonly TaskName[]>;
  /** What the script leaves out when it names tasks of its own file: `lib:` with `include: {lib: …}`. */
  readonly namePrefix?: string;
  readonly language: ScriptLanguage | null;
  /** The script's text: tells which inputs it reads in another way than by variable. */
  readonly scriptText: string;
  /** False when the script is certain not to touch values: then nothing is made ready for it to read. */
  readonly usesValues: boolean;
  /** Where the script stands, for the clients' tracebacks; null for a task without one. */
  readonly script: ScriptPlace | null;
  readonly params: ScriptParams;
  /** The variables `OTTO_OUT_*` that the ottofile gives it. */
  readonly exported?: Readonly<Record<string, string>>;
  /** Directory the script runs in, absolute. */
  readonly workdir: string;
  /** How many tasks will read this one's values. */
  readonly readers: number;
  /** Where its values live; the run's own store when not given. */
  readonly store?: StoreName | undefined;
  /** What it has to set; null or not given: whatever it likes. */
  readonly outputs?: DeclaredOutputs | null;
}

/** A task that does not have to run. */
export type TaskToRestore = Pick<
  TaskToPrepare,
  'name' | 'taskDirectory' | 'dependencies' | 'readers' | 'store'
>;
