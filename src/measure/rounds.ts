import { nowMs } from '../base/clock.ts';
import { handPass, inRoom, ottoPass, PassFailed, type Place, runPass, writeValue } from './pass.ts';
import { type Effort, isLong, movesMuch } from './plan.ts';
import type { Reading } from './reading.ts';
import { lackOfRoom } from './room-needed.ts';
import { allOf, type Subject, type WaySubjects } from './subjects.ts';

export interface Surroundings {
  readonly place: Place;
  /** Ends what runs, and everything after it. */
  readonly signal: AbortSignal;
  /** Told before each pass. `round` 0 is the one before the first. */
  readonly onPass: (subject: Subject, round: number) => void;
}

/** Runs everything in turn, round after round, so that whatever the machine does meanwhile hits all of it. Returns how many rounds there were. */
export async function runRounds(
  ways: readonly WaySubjects[],
  effort: Effort,
  surroundings: Surroundings,
): Promise<number> {
  const started = nowMs();
  for (const way of ways) await tryOut(way, effort, surroundings);
  let longest = 0;
  for (let round = 1; round <= effort.rounds; round++) {
    const begin = nowMs();
    const left = effort.budgetSeconds * 1000 - (begin - started);
    if (round > effort.leastRounds && longest > left) return round - 1;
    await runRound(ways.flatMap(allOf), round, surroundings);
    longest = Math.max(longest, nowMs() - begin);
  }
  return effort.rounds;
}

/** Everybody is first, second … equally often. */
async function runRound(
  subjects: readonly Subject[],
  round: number,
  surroundings: Surroundings,
): Promise<void> {
  const start = round % Math.max(1, subjects.length);
  for (const subject of [...subjects.slice(start), ...subjects.slice(0, start)]) {
    const reading = await measured(subject, round, surroundings);
    if (reading !== null) subject.rounds.push(reading);
  }
}

/** Fills caches, looks at memory, and finds out what does not work here. */
async function tryOut(way: WaySubjects, { warmsAll }: Effort, surroundings: Surroundings): Promise<void> {
  const { nothing, loads } = way.otto;
  for (const subject of allOf(way)) {
    if (surroundings.signal.aborted) return;
    subject.refused ??= makeReady(subject, surroundings.place);
    const isOtto = subject === nothing || subject === loads[0];
    const isWorth = warmsAll || isOtto || movesMuch(subject.load);
    if (isWorth && (subject.byHand === null || !isLong(subject.load)))
      subject.first = await measured(subject, 0, surroundings);
    const missing =
      nothing.refused ?? (subject === loads[0] && subject.way.refuses === undefined ? subject.refused : null);
    if (missing === null) continue;
    for (const each of allOf(way)) each.refused ??= missing;
    nothing.refused ??= missing;
    return;
  }
}

/** Null when the load can be passed; else what is in the way. */
function makeReady({ load }: Subject, place: Place): string | null {
  try {
    const lack = lackOfRoom(load, place);
    if (lack === null) writeValue(place, load.bytes);
    return lack;
  } catch (error) {
    if (isFull(error)) return `${place.directory} has no room for it`;
    throw error;
  }
}

const isFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');

/** Null when it does not work, which `refused` then tells from now on, or when the measuring is to end. */
async function measured(
  subject: Subject,
  round: number,
  surroundings: Surroundings,
): Promise<Reading | null> {
  const { place, signal, onPass } = surroundings;
  if (subject.refused !== null || signal.aborted) return null;
  onPass(subject, round);
  const { way, byHand, load } = subject;
  try {
    const reading = await inRoom(place, (room) => {
      const argv = byHand === null ? ottoPass(way, load, room) : handPass(byHand, load, room);
      return runPass({ argv, load, watchMemory: round === 0 }, { place, room, signal });
    });
    const expected = (load.bytes + (byHand?.addedBytes ?? 0)) * load.values;
    if (reading.arrived === expected) return reading;
    subject.refused = `${reading.arrived} of ${expected} bytes arrived`;
  } catch (error) {
    if (!(error instanceof PassFailed) && !isFull(error)) throw error;
    if (!signal.aborted) subject.refused = (error as Error).message;
  }
  return null;
}
