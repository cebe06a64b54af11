import { err, ok, type Result } from '../base/result.ts';
import { quote } from '../ottofile/quote.ts';
import { suggest } from '../ottofile/suggest.ts';
import type { ParsedOptions } from './options.ts';
import { type UsageFailure, usage } from './usage.ts';

export const OUTPUT_MODES = ['prefixed', 'grouped', 'raw', 'quiet', 'json'] as const;
export type OutputMode = (typeof OUTPUT_MODES)[number];

/** What the command line says about a run; null where it says nothing. */
export interface RunFlags {
  readonly store: string | null;
  readonly ottofile: string | null;
  readonly jobs: number | null;
  readonly keepGoing: boolean;
  readonly failFast: boolean;
  readonly dryRun: boolean;
  /** Only to be told why tasks would run. */
  readonly explain: boolean;
  readonly force: boolean;
  readonly output: OutputMode;
  readonly verbose: boolean;
}

export function readRunFlags({ flags, values }: ParsedOptions): Result<RunFlags, UsageFailure> {
  const store = values.get('store') ?? null;
  if (flags.has('fast') && store !== null && store !== 'shm')
    return err(usage(`--fast and --store ${store} exclude each other`, '--fast means --store shm'));
  if (flags.has('keep-going') && flags.has('fail-fast'))
    return err(
      usage(
        '--keep-going and --fail-fast exclude each other',
        'after a failure one goes on, the other ends all',
      ),
    );
  const jobs = values.get('jobs');
  if (jobs !== undefined && !/^[1-9]\d{0,5}$/.test(jobs))
    return err(usage(`-j takes a whole number above 0, not ${quote(jobs)}`, 'for example -j4'));
  const output = readOutput(values.get('output'), flags.has('quiet'));
  if (!output.ok) return output;
  return ok({
    store: flags.has('fast') ? 'shm' : store,
    ottofile: values.get('ottofile') ?? null,
    jobs: jobs === undefined ? null : Number(jobs),
    keepGoing: flags.has('keep-going'),
    failFast: flags.has('fail-fast'),
    dryRun: flags.has('dry-run'),
    explain: flags.has('explain'),
    force: flags.has('force'),
    output: output.value,
    verbose: flags.has('verbose'),
  });
}

function readOutput(mode: string | undefined, quiet: boolean): Result<OutputMode, UsageFailure> {
  if (mode === undefined) return ok(quiet ? 'quiet' : 'prefixed');
  const known = OUTPUT_MODES.find((name) => name === mode);
  if (known !== undefined) return ok(quiet ? 'quiet' : known);
  const near = suggest(mode, OUTPUT_MODES);
  const hint = near ? `did you mean "${near}"?` : `there are ${OUTPUT_MODES.join(', ')}`;
  return err(usage(`there is no output mode ${quote(mode)}`, hint));
}
