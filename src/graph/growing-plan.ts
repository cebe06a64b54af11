import type { TaskName } from '../base/task-name.ts';
import type { TaskDefinition } from '../ottofile/model.ts';
import { type Edges, reverse } from './dag.ts';
import type { NamedItem } from './foreach.ts';
import type { ParamValues } from './param-value.ts';
import type { Plan, PlannedTask } from './plan.ts';

/** A plan in which every `foreach` still stands alone. */
export interface Outline {
  readonly order: readonly TaskName[];
  readonly definitions: ReadonlyMap<TaskName, TaskDefinition>;
  readonly dependencies: Edges;
  readonly params: ReadonlyMap<TaskName, ParamValues>;
  /** Those of `foreach` whose items run one after the other. */
  readonly serial: ReadonlySet<TaskName>;
  /** Those of `foreach` that are not in the run themselves, only items of theirs. */
  readonly absent: ReadonlySet<TaskName>;
}

type Names = readonly TaskName[];
const NONE: Names = [];

/** The plan of a run, in which the items of each `foreach` take their places one `foreach` after the other. */
export class GrowingPlan implements Plan {
  readonly tasks = new Map<TaskName, PlannedTask>();
  readonly dependencies: Map<TaskName, Names>;
  readonly reads: Map<TaskName, Names>;
  readonly readers: Map<TaskName, Names>;
  readonly items = new Map<TaskName, Names>();
  readonly #outline: Outline;
  #order: Names | null = null;

  constructor(outline: Outline) {
    this.#outline = outline;
    this.dependencies = new Map(outline.dependencies);
    this.reads = new Map(outline.dependencies);
    this.readers = new Map(reverse(outline.dependencies));
    for (const name of outline.order) this.tasks.set(name, this.#planned(name));
  }

  get order(): Names {
    this.#order ??= this.#outline.order.flatMap((name) => {
      const itself = this.tasks.has(name) ? [name] : NONE;
      const items = this.items.get(name);
      return items === undefined ? itself : [...items, ...itself];
    });
    return this.#order;
  }

  /** True for a `foreach` whose items have not been told yet. */
  isOpen(task: TaskName): boolean {
    return this.tasks.get(task)?.role === 'foreach' && !this.items.has(task);
  }

  /**
   * Puts the items of a `foreach` into the plan: they wait for and read what it has waited for and read, it waits for them and reads
   * nothing, and who reads it reads them too.
   */
  expand(parent: TaskName, named: readonly NamedItem[]): void {
    const { dependencies, reads, readers } = this;
    const [waits = NONE, sources = NONE, readingAll = NONE] = [dependencies, reads, readers].map((edges) =>
      edges.get(parent),
    );
    const names = named.map(({ name }) => name);
    for (const [at, item] of named.entries()) {
      const { name } = item;
      const before = this.#outline.serial.has(parent) ? names.slice(Math.max(0, at - 1), at) : NONE;
      this.tasks.set(name, this.#item(parent, item));
      dependencies.set(name, before.length === 0 ? waits : [...waits, ...before]);
      reads.set(name, sources);
      readers.set(name, readingAll);
    }
    replace(readers, sources, (names_) => names_.flatMap((name) => (name === parent ? names : [name])));
    replace(reads, readingAll, (names_) =>
      names_.flatMap((name) => (name === parent ? [name, ...names] : [name])),
    );
    this.items.set(parent, names);
    this.#order = null;
    if (this.#outline.absent.has(parent)) this.#remove(parent);
    else {
      if (names.length > 0) dependencies.set(parent, names);
      reads.set(parent, NONE);
    }
  }

  #remove(task: TaskName): void {
    for (const edges of [this.tasks, this.dependencies, this.reads, this.readers]) edges.delete(task);
  }

  #planned(name: TaskName): PlannedTask {
    const definition = this.#outline.definitions.get(name) as TaskDefinition;
    const params = this.#outline.params.get(name) ?? NO_PARAMS;
    return definition.foreach
      ? { name, definition: onlyGroups(definition), role: 'foreach', params, item: null }
      : { name, definition, role: 'task', params, item: null };
  }

  #item(parent: TaskName, { name, index, value }: NamedItem): PlannedTask {
    const definition = this.#outline.definitions.get(parent) as TaskDefinition;
    const params = this.#outline.params.get(parent) ?? NO_PARAMS;
    return { name, definition, role: 'item', params, item: { parent, index, value } };
  }
}

const NO_PARAMS: ParamValues = new Map();

/** What a `foreach` itself is: all that its items do is theirs. */
const onlyGroups = (definition: TaskDefinition): TaskDefinition => ({
  ...definition,
  script: null,
  input: [],
  output: [],
  outputs: null,
  timeoutMs: null,
  retries: null,
  interactive: false,
  condition: null,
});

/** Tasks that have a list in common have a changed one in common: items of one `foreach` are many and read the same. */
function replace(edges: Map<TaskName, Names>, of: Names, change: (names: Names) => Names): void {
  const changed = new Map<Names, Names>();
  for (const task of of) {
    const old = edges.get(task) ?? NONE;
    const made = changed.get(old) ?? change(old);
    changed.set(old, made);
    edges.set(task, made);
  }
}
