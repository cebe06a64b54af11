import type { TaskName } from '../base/task-name.ts';
import { memoryFacts, memoryLimit } from '../data/memory-limit.ts';
import { nativeOrNull } from '../data/native-or-null.ts';
import type { KeptValue } from '../data/value.ts';
import type { Plan } from '../graph/plan.ts';
import { pastValues } from '../history/past-values.ts';
import type { Language, Ottofile } from '../ottofile/model.ts';
import { projectFolder } from '../run/run-directory.ts';
import { type ChosenStore, chooseStore } from '../run/store-choice.ts';
import { ottoHome } from './home.ts';

/** Finds out what the rules of `store: auto` have to know, once for all tasks. */
export class AutoStores {
  readonly #ottofile: Ottofile;
  readonly #past = new Map<TaskName, readonly KeptValue[] | null>();
  #memoryBytes: number | null | undefined;

  constructor(ottofile: Ottofile) {
    this.#ottofile = ottofile;
  }

  choose(task: TaskName, plan: Plan): ChosenStore {
    if (!this.#past.has(task)) this.#lookUp(plan);
    this.#memoryBytes ??= memoryFor(this.#ottofile.memoryBytes);
    return chooseStore({
      past: this.#past.get(task) ?? null,
      readers: readersOf(task, plan),
      memoryBytes: this.#memoryBytes,
    });
  }

  /** All tasks of the plan at once: items of a `foreach` may have joined it. */
  #lookUp({ tasks }: Plan): void {
    const { project, directory } = this.#ottofile;
    const place = { home: ottoHome(this.#ottofile), folder: projectFolder(project, directory) };
    const unknown = [...tasks.keys()].filter((task) => !this.#past.has(task));
    const found = pastValues(place, unknown);
    for (const task of unknown) this.#past.set(task, found.get(task) ?? null);
  }
}

const memoryFor = (setting: number | null): number | null =>
  nativeOrNull() === null ? null : memoryLimit(memoryFacts(setting)).bytes;

/** A `foreach` whose items are not known yet stands for one in the most usual language: what it groups is not told. */
function readersOf(task: TaskName, plan: Plan): readonly Language[] {
  const readers = (plan.readers.get(task) ?? []).flatMap((name) => plan.tasks.get(name) ?? []);
  return readers.flatMap(({ name, role, definition: { script } }) => {
    if (role === 'foreach') return plan.items.has(name) ? [] : 'bash';
    return script?.language ?? [];
  });
}
