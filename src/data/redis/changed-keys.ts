import { PRIVATE } from './keys.ts';

/** To look at all keys is less work than to look at so many. */
const MAX_PENDING = 10_000;

/** What others have changed since the last look. */
export interface Changes {
  /** Names of keys, of whichever database of the server; null: all keys have to be looked at. */
  readonly names: readonly Buffer[] | null;
  /** All keys of a database were removed at once. */
  readonly wasEmptied: boolean;
}

/**
 * The keys that other clients of a server have changed, as it tells one connection (CLIENT TRACKING). Who asks after each task would
 * otherwise have to list all keys each time. What was changed before the connection was there, nobody has told.
 */
export class ChangedKeys {
  #pending = new Map<string, Buffer>();
  #isAll = true;
  #wasEmptied = false;
  /** The server tells. */
  isTold = false;

  /** Null: all keys of a database are gone. */
  add(name: Buffer | string | null): void {
    if (name === null) {
      this.#wasEmptied = true;
      this.distrust();
    } else if (!this.#isAll) {
      const bytes = Buffer.from(name);
      const text = bytes.toString('latin1');
      if (!text.startsWith(PRIVATE)) this.#pending.set(text, bytes);
      if (this.#pending.size > MAX_PENDING) this.distrust();
    }
  }

  /** All keys have to be looked at. */
  distrust(): void {
    this.#isAll = true;
    this.#pending.clear();
  }

  take(): Changes {
    const changes = { names: this.#isAll ? null : [...this.#pending.values()], wasEmptied: this.#wasEmptied };
    this.#pending.clear();
    this.#wasEmptied = false;
    this.#isAll = !this.isTold;
    return changes;
  }
}
