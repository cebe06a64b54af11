import { hasOwnChildren, isOwnChild } from '../base/children.ts';
import type { NativeOrphans } from '../data/native.ts';
import { nativeOrNull } from '../data/native-or-null.ts';
import type { ProcessEntry } from './process-table.ts';

/** What is certain about processes that no listing shows. `some`: there are some, and they can be no one else's. */
export type Hidden = 'none' | 'some' | 'unknown';

/** Whose orphans are adopted: the commands' of variables only as long as no run goes on. */
export type AdoptionFor = 'run' | 'commands';

/** How soon otto looks for adopted processes that have ended; the more there are, the sooner it looks again. */
const SOONEST_LOOK_MS = 20;
const LATEST_LOOK_MS = 500;

const INIT = 1;

/** Those who want orphans adopted now: it is the whole process that adopts. */
const wanting = new Set<Adoption>();
let timer: NodeJS.Timeout | null = null;

/**
 * While one of these is there, every process below otto that loses its parent becomes otto's child instead of init's. So whatever a
 * process has done to its session, its group and its environment, it is below otto, and is told from what otto has started itself.
 */
export class Adoption {
  readonly #native: NativeOrphans;
  readonly #for: AdoptionFor;

  private constructor(native: NativeOrphans, whose: AdoptionFor) {
    this.#native = native;
    this.#for = whose;
  }

  /** Null where the system or the addon cannot do it. */
  static begin(whose: AdoptionFor): Adoption | null {
    const native = nativeOrNull()?.orphans;
    if (native === undefined || !canBegin(native)) return null;
    const adoption = new Adoption(native, whose);
    wanting.add(adoption);
    timer ??= collectLater(native, LATEST_LOOK_MS / 4);
    return adoption;
  }

  end(): void {
    wanting.delete(this);
    if (wanting.size > 0) return;
    if (timer !== null) clearTimeout(timer);
    timer = null;
    collectEnded(this.#native);
    this.#native.adopt(false);
  }

  /** True for an orphan of what this one is for. With two runs in one process nobody knows whose it is. */
  has({ pid, parent }: ProcessEntry): boolean {
    return parent === process.pid && !isOwnChild(pid) && this.#isOnlyOne();
  }

  /** Whether any process is left below otto that is none of otto's own and not below one of those. */
  below(): Hidden {
    if (!collectEnded(this.#native).more) return 'none';
    return hasOwnChildren() || !this.#isOnlyOne() ? 'unknown' : 'some';
  }

  /** As the first process of a container otto also is given orphans of what others have started in it. */
  #isOnlyOne(): boolean {
    if (process.pid === INIT) return false;
    const runs = [...wanting].filter((one) => one.#for === 'run');
    const having = runs.length > 0 ? runs : [...wanting];
    return having.length === 1 && having[0] === this;
  }
}

/** A shell that has become otto (`server & exec otto`) leaves it children that are none of its business, and so would be their orphans. */
function canBegin(native: NativeOrphans): boolean {
  if (wanting.size > 0) return true;
  return native.endedChild() < 0 && native.adopt(true);
}

/** Whoever adopts has to collect: zombies keep their pids. */
function collectLater(native: NativeOrphans, ms: number): NodeJS.Timeout {
  const look = (): void => {
    const any = collectEnded(native).count > 0;
    timer = collectLater(native, any ? SOONEST_LOOK_MS : Math.min(2 * ms, LATEST_LOOK_MS));
  };
  return setTimeout(look, ms).unref();
}

/** Never what otto has started: that is collected by whoever waits for it. */
function collectEnded(native: NativeOrphans): { readonly count: number; readonly more: boolean } {
  for (let count = 0; ; count++) {
    const pid = native.endedChild();
    if (pid <= 0 || isOwnChild(pid)) return { count, more: pid >= 0 };
    native.collect(pid);
  }
}
