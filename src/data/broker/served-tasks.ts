import type { TaskName } from '../../base/task-name.ts';
import type { Entry } from '../value.ts';
import type { Backend, ValueToPut } from './backend.ts';
import type { ServedTask, TasksOfRun } from './broker.ts';
import { Changes } from './changes.ts';
import { Refusal, refusalOf } from './refusal.ts';

/** One task's time on the broker: a task that is started anew begins another one. */
export interface Service extends ServedTask {
  readonly task: TaskName;
  isSealed: boolean;
  /** What it has set, by key, once it has ended. */
  published: ReadonlyMap<string, Entry> | null;
  /** Changes that the back end has been asked for. */
  readonly underWay: Set<Promise<void>>;
}

const NO_KEYS: readonly string[] = [];

/** Who may do what with whose values, and what there is of them. Knows nothing of connections. */
export class ServedTasks {
  readonly changes = new Changes();
  readonly #services = new Map<TaskName, Service>();
  readonly #run: TasksOfRun;

  constructor(run: TasksOfRun) {
    this.#run = run;
    run.onEnded((task) => this.changes.tell(task, NO_KEYS));
  }

  open(task: TaskName, served: ServedTask): void {
    this.#services.set(task, { ...served, task, isSealed: false, published: null, underWay: new Set() });
    this.changes.tell(task, NO_KEYS);
  }

  async seal(task: TaskName): Promise<void> {
    const service = this.#services.get(task);
    if (service === undefined) return;
    service.isSealed = true;
    await Promise.allSettled(service.underWay);
  }

  publish(task: TaskName, entries: readonly Entry[]): void {
    const service = this.#services.get(task);
    if (service !== undefined) service.published = new Map(entries.map((entry) => [entry.key, entry]));
    this.changes.tell(task, service?.published?.keys() ?? NO_KEYS);
  }

  /** Resolves when all who wait for its values have got what there is. */
  async forget(task: TaskName): Promise<void> {
    await this.changes.seen(task);
    this.#services.delete(task);
    this.changes.tell(task, NO_KEYS);
  }

  /** The service of a task that says HELLO. */
  enter(task: string): Service {
    const service = this.#services.get(task as TaskName);
    if (service !== undefined) return service;
    const isOver = this.#run.hasEnded(task as TaskName);
    throw isOver
      ? new Refusal('ended', `"${task}" has ended`)
      : new Refusal('refused', `there is no task "${task}" that runs now`);
  }

  /** Commits a change of the task's own values. */
  put(service: Service, value: Omit<ValueToPut, 'task'>): Promise<void> {
    const { task } = service;
    return this.#change(service, value.key, (backend) => backend.put({ ...value, task }));
  }

  delete(service: Service, key: string): Promise<void> {
    return this.#change(service, key, (backend) => backend.delete(service.task, key));
  }

  /** All values of a dependency that has ended. */
  list(reader: Service, from: string): readonly Entry[] {
    return [...this.#readable(reader, from).values()];
  }

  /** A value of a dependency, or one that the task has set itself. */
  async get(reader: Service, from: string, key: string): Promise<Entry | null> {
    if (from === reader.task) return (await this.current(reader.task, key)) ?? null;
    return this.#readable(reader, from).get(key) ?? null;
  }

  /** What any task has under a key now; undefined when it is not served: not yet, or no more, or from elsewhere. */
  async current(task: TaskName, key: string): Promise<Entry | null | undefined> {
    const service = this.#services.get(task);
    if (service === undefined) return undefined;
    if (service.published !== null) return service.published.get(key) ?? null;
    return (await service.backend?.get(task, key)) ?? null;
  }

  /** It has ended for good: one that failed may be started anew. */
  isOver(task: TaskName): boolean {
    return this.#run.hasEnded(task);
  }

  isPublished(task: TaskName): boolean {
    return this.#services.get(task)?.published != null;
  }

  #readable(reader: Service, from: string): ReadonlyMap<string, Entry> {
    if (!reader.readable.has(from as TaskName)) throw new Refusal('refused', notReadable(reader, from));
    const published = this.#services.get(from as TaskName)?.published;
    if (published) return published;
    throw new Refusal(
      'refused',
      `the values of "${from}" are not in this store: otto.get and INPUT have them`,
    );
  }

  async #change(service: Service, key: string, work: (backend: Backend) => Promise<void>): Promise<void> {
    const { task, backend } = service;
    if (service.isSealed)
      throw new Refusal('ended', `"${task}" has ended: its values do not change any more`);
    if (backend === null)
      throw new Refusal(
        'refused',
        `the values of "${task}" are in another store: set them with otto.set or OUTPUT`,
      );
    const done = work(backend);
    service.underWay.add(done);
    try {
      await done;
    } catch (error) {
      throw refusalOf(error);
    } finally {
      service.underWay.delete(done);
    }
    this.changes.tell(task, [key]);
  }
}

function notReadable({ task, readable }: Service, from: string): string {
  const names = [...readable].map((name) => `"${name}"`).join(', ');
  const known = names === '' ? 'it has none' : `it depends on ${names}`;
  return `"${from}" is no dependency of "${task}" (${known}): a task reads the values of its dependencies`;
}
