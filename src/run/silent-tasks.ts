import type { TaskName } from '../base/task-name.ts';
import { localNameOf } from '../data/input-keys.ts';
import type { RunData } from '../data/run-data.ts';
import type { Plan, PlannedTask } from '../graph/plan.ts';
import { certainReads, keyOfTask, spelledKey } from '../ottofile/certain-reads.ts';
import type { Reference } from '../ottofile/references.ts';
import type { NothingSet } from './events.ts';

/** Tasks that have succeeded and set nothing, for the tips of those that read from them. */
export class SilentTasks {
  readonly #plan: Plan;
  readonly #data: Pick<RunData, 'valuesOf'>;
  readonly #silent = new Set<TaskName>();
  /** By reader, or by the `foreach` whose item it is: each pair is told of once. */
  readonly #told = new Map<TaskName, Set<TaskName>>();

  constructor(plan: Plan, data: Pick<RunData, 'valuesOf'>) {
    this.#plan = plan;
    this.#data = data;
  }

  /** To be called before its readers start. */
  succeeded({ name, role }: PlannedTask): void {
    if ((this.#plan.readers.get(name) ?? []).length === 0) return;
    const items = role === 'foreach' ? (this.#plan.items.get(name) ?? []) : null;
    const isSilent =
      items === null
        ? this.#data.valuesOf([name]).every(({ entries }) => entries.length === 0)
        : items.length > 0 && items.every((item) => this.#silent.has(item));
    if (isSilent) this.#silent.add(name);
  }

  /** What a script visibly reads of tasks that have set nothing. Computed reads are not guessed, nor those that allow for a missing value. */
  tipsFor({ name, definition, item }: PlannedTask): readonly NothingSet[] {
    const { script, file } = definition;
    const sources = this.#plan.reads.get(name) ?? [];
    if (script === null || this.#silent.size === 0 || !sources.some((task) => this.#silent.has(task)))
      return [];
    const told = this.#toldTo(item?.parent ?? name);
    const tips: NothingSet[] = [];
    for (const reference of certainReads(script)) {
      const read = this.#readOf(reference, { sources, prefix: file.prefix });
      if (read === null || told.has(read.task)) continue;
      told.add(read.task);
      tips.push({ kind: 'nothing-set', ...read, ...this.#scriptOf(read.task) });
    }
    return tips;
  }

  #toldTo(reader: TaskName): Set<TaskName> {
    const known = this.#told.get(reader) ?? new Set();
    this.#told.set(reader, known);
    return known;
  }

  /** The task that is meant: the longest name that fits. Null when any that fits may have the value. */
  #readOf(
    reference: Reference,
    { sources, prefix }: { readonly sources: readonly TaskName[]; readonly prefix: string },
  ): Pick<NothingSet, 'task' | 'key' | 'read'> | null {
    const fitting = sources.flatMap((task) =>
      [localNameOf(task, prefix), task].flatMap((spelled) => {
        const key = keyOfTask(spelled, reference);
        return key === null ? [] : [{ task, key, read: spelledKey(reference) }];
      }),
    );
    if (!fitting.every(({ task }) => this.#silent.has(task))) return null;
    return fitting.toSorted((a, b) => a.key.length - b.key.length)[0] ?? null;
  }

  #scriptOf(task: TaskName): Pick<NothingSet, 'language' | 'mentionsOutput'> {
    const { tasks, items } = this.#plan;
    const [item] = items.get(task) ?? [];
    const script = tasks.get(item ?? task)?.definition.script ?? null;
    return { language: script?.language ?? null, mentionsOutput: /\bOUTPUT\b/.test(script?.text ?? '') };
  }
}
