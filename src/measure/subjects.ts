import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Readings } from './costs.ts';
import { type Effort, loadOf, NOTHING } from './plan.ts';
import type { Reading } from './reading.ts';
import type { ByHand, Language, Load, Way } from './way.ts';

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

/** What one way is measured by: itself and the same by hand, with nothing and with each load, and its calls in other languages. */
export interface WaySubjects {
  readonly way: Way;
  readonly otto: Contest;
  readonly byHand: readonly (Contest & { readonly byHand: ByHand })[];
  readonly languages: readonly LanguageSubject[];
}

export interface Contest {
  readonly nothing: Subject;
  readonly loads: readonly Subject[];
}

export interface LanguageSubject {
  readonly language: Language;
  readonly subject: Subject;
}

export function subjectsOf(way: Way, { sizes, mostValues, allLanguages }: Effort): WaySubjects {
  const contest = (byHand: ByHand | null): Contest => ({
    nothing: new Subject(way, byHand, NOTHING),
    loads: sizes.map(
      (bytes) =>
        new Subject(way, byHand, loadOf(bytes, Math.min(mostValues, byHand?.mostValues ?? mostValues))),
    ),
  });
  const [smallest] = sizes;
  const languages = allLanguages && smallest !== undefined ? way.inLanguages : [];
  return {
    way,
    otto: contest(null),
    byHand: way.byHand.map((byHand) => ({ byHand, ...withoutMissing(contest(byHand), byHand) })),
    languages: languages.map(({ language, way: inLanguage }) => ({
      language,
      subject: new Subject(inLanguage, null, loadOf(smallest ?? 0, mostValues)),
    })),
  };
}

function withoutMissing(contest: Contest, { programs }: ByHand): Contest {
  const absent = programs.find((program) => !isOnPath(program));
  if (absent !== undefined)
    for (const subject of [contest.nothing, ...contest.loads]) subject.refused = `${absent} is not installed`;
  return contest;
}

export const allOf = ({ otto, byHand, languages }: WaySubjects): Subject[] => [
  ...[otto, ...byHand].flatMap(({ nothing, loads }) => [nothing, ...loads]),
  ...languages.map(({ subject }) => subject),
];

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
