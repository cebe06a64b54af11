import type { Store, StoreName } from './store.ts';

/** Opens a store that is not the run's own: tasks of one run may differ (`store` of a task). */
export type OpenStore = (name: StoreName) => Store | Promise<Store>;

/** The stores of one run. Most runs have one; the others are opened when the first task asks for them. */
export class RunStores {
  readonly #own: Store;
  readonly #openStore: OpenStore | undefined;
  readonly #others = new Map<StoreName, Store | Promise<Store>>();

  constructor(own: Store, openStore: OpenStore | undefined) {
    this.#own = own;
    this.#openStore = openStore;
  }

  of(name: StoreName | undefined): Store | Promise<Store> {
    if (name === undefined || name === this.#own.name) return this.#own;
    const known = this.#others.get(name);
    if (known !== undefined) return known;
    if (this.#openStore === undefined) throw new Error(`this run cannot open the store ${name}`);
    const opened = this.#openStore(name);
    this.#others.set(name, opened);
    return opened;
  }

  hurry(): void {
    this.#own.hurry?.();
    for (const other of this.#others.values())
      void Promise.resolve(other).then(
        (store) => store.hurry?.(),
        () => undefined,
      );
  }

  async close(): Promise<void> {
    const others = await Promise.allSettled(this.#others.values());
    const opened = others.flatMap((other) => (other.status === 'fulfilled' ? [other.value] : []));
    await Promise.all([this.#own, ...opened].map((store) => store.close()));
  }
}
