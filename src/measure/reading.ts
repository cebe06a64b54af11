/** What one measured run took, of all of its processes together. What the system does not tell is null. */
export interface Reading {
  /** From where the producer begins to set to where the consumer has all bytes. */
  readonly seconds: number;
  /** In the calls alone that set and get, without what is between the tasks; null where the scripts do not tell. */
  readonly callSeconds: number | null;
  readonly cpuSeconds: number | null;
  /** Given to a file system on a disk, also what was removed before the disk had it. */
  readonly diskBytes: number | null;
  /** Bytes that reached the consumer. */
  readonly arrived: number;
  /** Only when asked for: it takes time that would be measured as well. */
  readonly peakBytes: number | null;
}

/** `0m1.234s` as `times` of bash prints it. */
function cpuSecondsIn(report: string): number | null {
  const [, , children] = /^(\S+ \S+)\n((?:\d+m[\d.]+s ?){2})$/m.exec(report) ?? [];
  if (children === undefined) return null;
  const parts = [...children.matchAll(/(\d+)m([\d.]+)s/g)];
  return parts.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
}

/** `report` is what the frame has written. */
export function readReport(report: string): Pick<Reading, 'cpuSeconds' | 'diskBytes'> {
  const [, written] = /^write_bytes: (\d+)$/m.exec(report) ?? [];
  return {
    cpuSeconds: cpuSecondsIn(report),
    diskBytes: written === undefined ? null : Number(written),
  };
}

const timesIn = (stamps: string): number[] => stamps.split('\n').filter(Boolean).map(Number);

/** `stamps` are times in seconds, one a line: the first is the beginning, the last the end. */
export function elapsedSeconds(stamps: string): number | null {
  const times = timesIn(stamps);
  const [first, last] = [times[0], times.at(-1)];
  return first === undefined || last === undefined || times.length < 2 ? null : last - first;
}

/** Where there are four: the producer's calls lie between the first two, the consumer's between the others. */
export function callSeconds(stamps: string): number | null {
  const times = timesIn(stamps);
  const [setting, set, getting, got] = times;
  if (setting === undefined || set === undefined || getting === undefined || got === undefined) return null;
  return times.length === 4 ? set - setting + (got - getting) : null;
}
