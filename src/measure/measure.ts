import { callsOf, costOf, type Quantile, ratioOf } from './costs.ts';
import { describeMachine } from './machine.ts';
import type { Effort } from './plan.ts';
import type { BenchResult, LanguageCalls, LoadResult, WayResult } from './result.ts';
import { runRounds, type Surroundings } from './rounds.ts';
import { subjectsOf, type WaySubjects } from './subjects.ts';
import { scriptCharacters, type Way } from './way.ts';

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
  const subjects = ways.map((way) => subjectsOf(way, effort));
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

function wayResult(subjects: WaySubjects, quantile: Quantile): WayResult {
  const { way, otto } = subjects;
  const { name, kind, title, traits } = way;
  const loads = otto.loads.map((_, at) => loadResult(subjects, at, quantile));
  const empty = otto.nothing.rounds.map(({ seconds }) => seconds).sort((a, b) => a - b);
  return {
    name,
    kind,
    title,
    traits,
    missing: otto.nothing.refused,
    emptySeconds: empty.length === 0 ? null : quantile(empty, 0.5),
    loads,
    calls: callsIn(subjects, quantile),
    scriptCharacters: scriptCharacters(way),
  };
}

function loadResult({ otto, byHand }: WaySubjects, at: number, quantile: Quantile): LoadResult {
  const subject = otto.loads[at] ?? otto.nothing;
  const measured = costOf(subject.load, subject, otto.nothing, quantile);
  const hands = byHand.map((contest) => {
    const hand = contest.loads[at] ?? contest.nothing;
    const byItself = costOf(hand.load, hand, contest.nothing, quantile);
    const { values } = hand.load;
    return { name: contest.byHand.name, values, measured: byItself, ratio: ratioOf(measured, byItself) };
  });
  return { ...subject.load, otto: measured, byHand: hands };
}

function callsIn({ way, otto, languages }: WaySubjects, quantile: Quantile): LanguageCalls[] {
  const [smallest] = otto.loads;
  if (way.kind !== 'store' || smallest === undefined) return [];
  const all = [{ language: way.language, subject: smallest }, ...languages];
  return all.map(({ language, subject }) => ({
    language,
    bytes: subject.load.bytes,
    measured: callsOf(subject.load, subject, quantile),
  }));
}
