import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Readings } from './costs.ts';
import { loadOf, NOTHING } from './plan.ts';
import type { Reading } from './reading.ts';
import type { ByHand, Load, Way } from './way.ts';

/** One thing that is run once in every round. */
export class Subject {
  first: Reading | null = null;
  readonly rounds: Reading[] = [];
  refused: string | null = null;

  constructor(
    readonly way: Way,
    /** Null: through otto. */
    readonly byHand: ByHand | null,
    readonly load: Load,
  ) {
    this.refused = (byHand ?? way).refuses?.(load) ?? null;
  }

  get readings(): Readings {
    return this;
  }
}

/** What one way is measured by: itself and the same by hand, with nothing and with each load. */
export interface WaySubjects {
  readonly way: Way;
  readonly otto: Contest;
  readonly byHand: readonly (Contest & { readonly byHand: ByHand })[];
}

export interface Contest {
  readonly nothing: Subject;
  readonly loads: readonly Subject[];
}

export function subjectsOf(way: Way, sizes: readonly number[]): WaySubjects {
  const contest = (byHand: ByHand | null): Contest => ({
    nothing: new Subject(way, byHand, NOTHING),
    loads: sizes.map((bytes) => new Subject(way, byHand, loadOf(bytes))),
  });
  return {
    way,
    otto: contest(null),
    byHand: way.byHand.map((byHand) => ({ byHand, ...withoutMissing(contest(byHand), byHand) })),
  };
}

function withoutMissing(contest: Contest, { programs }: ByHand): Contest {
  const absent = programs.find((program) => !isOnPath(program));
  if (absent !== undefined)
    for (const subject of [contest.nothing, ...contest.loads])
      subject.refused = `there is no ${absent} on PATH`;
  return contest;
}

export const allOf = ({ otto, byHand }: WaySubjects): Subject[] =>
  [otto, ...byHand].flatMap(({ nothing, loads }) => [nothing, ...loads]);

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
