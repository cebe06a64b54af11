/** Something that is measured. One turn gives one number for each name in `series`, in seconds. */
export interface Contender {
  readonly series: readonly string[];
  turn(): readonly number[] | Promise<readonly number[]>;
}

export const contender = (name: string, turn: () => number | Promise<number>): Contender => ({
  series: [name],
  turn: async () => [await turn()],
});

/** The order of one round: everybody is first, second … equally often. */
export function rotated<T>(items: readonly T[], round: number): T[] {
  const start = items.length === 0 ? 0 : round % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

/**
 * Measures all contenders in turn, round after round (A B C, B C A, …), so that whatever the machine does meanwhile hits all
 * of them. One round more is run first and forgotten: it fills caches.
 */
export async function interleave(
  contenders: readonly Contender[],
  rounds: number,
): Promise<Map<string, number[]>> {
  const samples = new Map(contenders.flatMap(({ series }) => series.map((name) => [name, [] as number[]])));
  for (let round = -1; round < rounds; round++) {
    for (const { series, turn } of rotated(contenders, Math.max(round, 0))) {
      const readings = await turn();
      if (round < 0) continue;
      for (const [index, name] of series.entries()) samples.get(name)?.push(readings[index] as number);
    }
  }
  return samples;
}
