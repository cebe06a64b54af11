import { nowMs } from '../base/clock.ts';
import { handPass, inRoom, ottoPass, PassFailed, type Place, runPass, writeValue } from './pass.ts';
import { type Effort, LEAST_ROUNDS } from './plan.ts';
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
  { rounds, budgetSeconds }: Effort,
  surroundings: Surroundings,
): Promise<number> {
  const started = nowMs();
  for (const way of ways) await tryOut(way, surroundings);
  const subjects = ways.flatMap(allOf);
  for (let round = 1; round <= rounds; round++) {
    if (round > LEAST_ROUNDS && nowMs() - started > budgetSeconds * 1000) return round - 1;
    // Everybody is first, second … equally often.
    const start = round % Math.max(1, subjects.length);
    for (const subject of [...subjects.slice(start), ...subjects.slice(0, start)]) {
      const reading = await measured(subject, round, surroundings);
      if (reading !== null) subject.rounds.push(reading);
    }
  }
  return rounds;
}

/** Fills caches, looks at memory, and finds out what does not work here. */
async function tryOut(way: WaySubjects, surroundings: Surroundings): Promise<void> {
  const { nothing, loads } = way.otto;
  for (const subject of allOf(way)) {
    if (surroundings.signal.aborted) return;
    if (subject.refused === null) makeReady(subject, surroundings.place);
    subject.first = await measured(subject, 0, surroundings);
    const missing =
      nothing.refused ?? (subject === loads[0] && subject.way.refuses === undefined ? subject.refused : null);
    if (missing === null) continue;
    for (const each of allOf(way)) each.refused ??= missing;
    nothing.refused ??= missing;
    return;
  }
}

function makeReady(subject: Subject, place: Place): void {
  subject.refused = lackOfRoom(subject.load, place);
  if (subject.refused === null) writeValue(place, subject.load.bytes);
}

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
    const expected = load.bytes * load.values;
    if (reading.arrived === expected) return reading;
    subject.refused = `${reading.arrived} of ${expected} bytes arrived`;
  } catch (error) {
    if (!(error instanceof PassFailed)) throw error;
    if (!signal.aborted) subject.refused = error.message;
  }
  return null;
}
