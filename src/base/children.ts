/**
 * Children that otto has started itself and not yet seen ended: of all its children only these may be collected by those who have
 * started them alone. As there is one parent, there is one such set.
 */
const own = new Set<number>();

export function childStarted(pid: number | null | undefined): void {
  if (typeof pid === 'number') own.add(pid);
}

/** It has been collected: its pid may be another's from now on. */
export function childCollected(pid: number | undefined): void {
  if (pid !== undefined) own.delete(pid);
}

export const isOwnChild = (pid: number): boolean => own.has(pid);

export const hasOwnChildren = (): boolean => own.size > 0;
