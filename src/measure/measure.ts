import { costOf, ratioOf } from './costs.ts';
import { describeMachine } from './machine.ts';
import type { Effort } from './plan.ts';
import type { BenchResult, LoadResult, WayResult } from './result.ts';
import { runRounds, type Surroundings } from './rounds.ts';
import { subjectsOf, type WaySubjects } from './subjects.ts';
import type { Way } from './way.ts';

export interface MeasurePlan {
  readonly ways: readonly Way[];
  readonly effort: Effort;
  readonly otto: string;
}

/** Measures every way with every size. Null when it was ended before there was anything to tell. */
export async function measure(
  { ways, effort, otto }: MeasurePlan,
  surroundings: Surroundings,
): Promise<BenchResult | null> {
  const measuredAt = new Date().toISOString();
  const { quantileSorted } = await import('simple-statistics');
  const subjects = ways.map((way) => subjectsOf(way, effort.sizes));
  const rounds = await runRounds(subjects, effort, surroundings);
  if (surroundings.signal.aborted) return null;
  const machine = describeMachine(surroundings.place.directory);
  return {
    version: 1,
    otto,
    measuredAt,
    machine,
    rounds,
    ways: subjects.map((way) => wayResult(way, quantileSorted)),
  };
}

type Quantile = Parameters<typeof costOf>[3];

function wayResult({ way, otto, byHand }: WaySubjects, quantile: Quantile): WayResult {
  const { name, kind, title, traits } = way;
  const loads = otto.loads.map((subject, at): LoadResult => {
    const measured = costOf(subject.load, subject, otto.nothing, quantile);
    const hands = byHand.map((contest) => {
      const hand = contest.loads[at] ?? contest.nothing;
      const byItself = costOf(hand.load, hand, contest.nothing, quantile);
      return { name: contest.byHand.name, measured: byItself, ratio: ratioOf(measured, byItself) };
    });
    return { ...subject.load, otto: measured, byHand: hands };
  });
  const empty = otto.nothing.rounds.map(({ seconds }) => seconds).sort((a, b) => a - b);
  return {
    name,
    kind,
    title,
    traits,
    missing: otto.nothing.refused,
    emptySeconds: empty.length === 0 ? null : quantile(empty, 0.5),
    loads,
  };
}
