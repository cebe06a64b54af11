import { loadNative } from '../../data/native-addon.ts';
import { readRunRecord } from '../../history/run-record.ts';
import { RunValues } from '../../history/run-values.ts';
import { runPath } from '../../history/state-tree.ts';
import { type Effort, FULL, NORMAL, QUICK } from '../../measure/plan.ts';
import type { Recommendation } from '../../measure/recommend.ts';
import type { Load, Way } from '../../measure/way.ts';
import { WAYS } from '../../measure/ways/ways.ts';
import { sizeOf } from '../../ottofile/fields.ts';
import { quote } from '../../ottofile/quote.ts';
import { suggest } from '../../ottofile/suggest.ts';
import { projectFolder } from '../../run/run-directory.ts';
import { ottoHome } from '../home.ts';
import { loadOttofile, locateIfAny } from '../load.ts';
import type { ParsedOptions } from '../options.ts';
import { findRun } from './find-run.ts';
import { misuse, wholeNumber } from './state-context.ts';

const words = (text: string): string[] => text.split(',').map((word) => word.trim());

/** What --ways names, in the order of the table. */
export function benchWays({ values }: ParsedOptions): readonly Way[] {
  const text = values.get('ways');
  if (text === undefined) return WAYS;
  const asked = words(text);
  const names = WAYS.map(({ name }) => name);
  const unknown = asked.find((word) => !names.includes(word));
  if (unknown === undefined) return WAYS.filter(({ name }) => asked.includes(name));
  const near = suggest(unknown, names);
  throw misuse(
    `there is no way ${quote(unknown)} to pass data`,
    near ? `did you mean "${near}"?` : `there are ${names.join(', ')}`,
  );
}

export function benchEffort({ flags, values }: ParsedOptions): Effort {
  if (flags.has('quick') && flags.has('full')) throw misuse('--quick and --full exclude each other');
  const effort = flags.has('quick') ? QUICK : flags.has('full') ? FULL : NORMAL;
  const [sizes, size] = [values.get('sizes'), values.get('size')];
  if (sizes === undefined) return size === undefined ? effort : withSize(effort, sizeOrMisuse(size));
  return { ...effort, sizes: [...new Set(words(sizes).map(sizeOrMisuse))].sort((a, b) => a - b) };
}

/** What is to be recommended for is measured, not computed from its neighbours. */
const withSize = (effort: Effort, size: number): Effort => ({
  ...effort,
  sizes: [...new Set([...effort.sizes.filter((bytes) => bytes <= size), size])].sort((a, b) => a - b),
});

function sizeOrMisuse(text: string): number {
  const bytes = sizeOf(text);
  if (bytes === null)
    throw misuse(`${quote(text)} is no size`, 'for example 10MiB, 2 GB, or a number of bytes');
  return bytes;
}

/** What is to be recommended for: what the options name, else what the last run of this project has left. */
export async function wantedLoad(
  options: ParsedOptions,
): Promise<(Load & Pick<Recommendation, 'from'>) | null> {
  const size = options.values.get('size');
  const values = wholeNumber(options, 'values');
  if (values === 0) throw misuse('--values takes a number from 1 on');
  if (size === undefined && values !== null)
    throw misuse('--values needs --size', 'for example --size 10MiB');
  if (size !== undefined) return { bytes: sizeOrMisuse(size), values: values ?? 1, from: 'options' };
  const sizes = await lastSizes(options.values.get('ottofile') ?? null);
  const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
  if (sizes.length === 0) return null;
  return { bytes: Math.max(1, Math.round(total / sizes.length)), values: sizes.length, from: 'history' };
}

async function lastSizes(ottofile: string | null): Promise<number[]> {
  const path = locateIfAny(ottofile);
  if (path === null) return [];
  const { place } = loadOttofile(path);
  const home = ottoHome(place);
  const run = findRun({ home, folder: projectFolder(place.project, place.directory) }, 'latest');
  const record = run === null ? null : readRunRecord(runPath(home, run));
  if (record === null || !record.ok) return [];
  const values = new RunValues(record.value, loadNative);
  try {
    return (await values.all()).flatMap((task) => task.values.map(({ bytes }) => bytes));
  } finally {
    values.close();
  }
}
