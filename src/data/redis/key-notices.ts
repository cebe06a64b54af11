import type { DataNotice, RedisKeyProblem } from '../notice.ts';

/** More would hide what else a run tells. */
const MAX_TOLD = 20;

/** Tells of what was written by hand and is no value, each key once. */
export class KeyNotices {
  readonly #told = new Set<string>();
  #notices: DataNotice[] = [];

  tell(name: Buffer | string, problem: RedisKeyProblem): void {
    const text = Buffer.from(name).toString();
    if (this.#told.size >= MAX_TOLD || this.#told.has(text)) return;
    this.#told.add(text);
    this.#notices.push({ kind: 'redis-key', name: text, problem });
  }

  /** Whether one more would be told. */
  get hasRoom(): boolean {
    return this.#told.size < MAX_TOLD;
  }

  restarted(): void {
    this.#notices.push({ kind: 'redis-restarted' });
  }

  emptied(): void {
    this.#notices.push({ kind: 'redis-emptied' });
  }

  take(): readonly DataNotice[] {
    const notices = this.#notices;
    this.#notices = [];
    return notices;
  }
}
