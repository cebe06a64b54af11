import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { attempt } from '../../base/io-failure.ts';
import { chartOf } from '../../measure/chart.ts';
import { measure } from '../../measure/measure.ts';
import { makePlace, removePlace } from '../../measure/private-place.ts';
import { recommend } from '../../measure/recommend.ts';
import type { BenchResult } from '../../measure/result.ts';
import type { Way } from '../../measure/way.ts';
import { WAYS } from '../../measure/ways/ways.ts';
import { Interruption, type InterruptSignal } from '../../run/interruption.ts';
import type { CliContext } from '../context.ts';
import type { ParsedOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { ottoVersion } from '../version.ts';
import { benchEffort, benchWays, wantedLoad } from './bench-options.ts';
import { benchText } from './bench-text.ts';

/** `otto bench [OPTIONS]`. Returns the exit code; throws FailureError. */
export async function benchCommand(
  options: ParsedOptions,
  { terminal, progress }: CliContext,
): Promise<number> {
  const ways = benchWays(options);
  const effort = benchEffort(options);
  const wanted = await wantedLoad(options);
  const directory = resolve(options.values.get('dir') ?? tmpdir());
  progress.started = true;
  const measured = await interruptibly((signal) =>
    inPlace(directory, (place) =>
      measure({ ways, effort, otto: ottoVersion() }, { place, signal, onPass: progressLine(terminal) }),
    ),
  );
  terminal.foot?.write('\r\x1b[K');
  if (measured.signal !== null || measured.result === null) return measured.signal === 'SIGINT' ? 130 : 143;
  return show(measured.result, wanted, { options, terminal });
}

type Wanted = Awaited<ReturnType<typeof wantedLoad>>;

async function show(
  result: BenchResult,
  wanted: Wanted,
  { options, terminal }: { readonly options: ParsedOptions; readonly terminal: Terminal },
): Promise<number> {
  const recommendation = wanted === null ? null : recommend(result, WAYS, wanted);
  const full = { ...result, recommendation };
  terminal.out(options.flags.has('json') ? `${JSON.stringify(full, null, 2)}\n` : benchText(full));
  const chart = options.values.get('chart');
  if (chart !== undefined) {
    const svg = await chartOf(result);
    attempt('write', resolve(chart), () => writeFileSync(chart, svg));
  }
  return result.ways.some(({ missing }) => missing === null) ? 0 : 1;
}

async function inPlace<T>(
  directory: string,
  work: (place: ReturnType<typeof makePlace>) => Promise<T>,
): Promise<T> {
  const place = makePlace(directory);
  try {
    return await work(place);
  } finally {
    removePlace(place);
  }
}

async function interruptibly<T>(
  work: (signal: AbortSignal) => Promise<T>,
): Promise<{ readonly result: T; readonly signal: InterruptSignal | null }> {
  const interruption = new Interruption(process);
  const controller = new AbortController();
  interruption.whenInterrupted(() => controller.abort());
  try {
    return { result: await work(controller.signal), signal: interruption.signal };
  } finally {
    interruption.stop();
  }
}

/** One line that changes, on a terminal only. */
function progressLine({ foot }: Terminal) {
  return (
    { way, byHand, load }: { way: Way; byHand: { name: string } | null; load: { bytes: number } },
    round: number,
  ) => {
    const what = byHand === null ? way.name : `${way.name} by hand: ${byHand.name}`;
    foot?.write(`\r\x1b[Kround ${round}: ${what}, ${load.bytes} bytes`);
  };
}
