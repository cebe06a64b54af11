import { FailureError } from '../../base/failure.ts';
import { nativeOrNull } from '../../data/native-or-null.ts';
import type { ParsedOttofile } from '../../ottofile/parse.ts';
import { visible } from '../../ottofile/quote.ts';
import type { CliContext } from '../context.ts';
import type { Check, CheckState } from '../doctor/check.ts';
import { compiledParts } from '../doctor/compiled.ts';
import { places } from '../doctor/places.ts';
import { interpreters, tools } from '../doctor/programs.ts';
import { colours, ottofileCheck, system } from '../doctor/system.ts';
import { ottoHome } from '../home.ts';
import { loadOttofile, locateIfAny } from '../load.ts';
import { describeFailure } from '../messages.ts';
import type { ParsedOptions } from '../options.ts';
import type { Style, Terminal } from '../terminal.ts';
import { ottoVersion } from '../version.ts';
import { table } from './table.ts';

/** `otto doctor [--json]`. Returns 1 when something is missing that otto needs for what it does by default. */
export async function doctorCommand(options: ParsedOptions, { terminal }: CliContext): Promise<number> {
  const parsed = lookAt(options);
  const checks = await examine(parsed, terminal);
  const isFit = checks.every(({ state, needed }) => state !== 'missing' || !needed);
  terminal.out(options.flags.has('json') ? asJson(checks, isFit) : asText(checks, terminal.outStyle));
  return isFit ? 0 : 1;
}

async function examine(parsed: ParsedOttofile | FailureError | null, terminal: Terminal): Promise<Check[]> {
  const known = parsed instanceof FailureError ? null : parsed;
  return [
    ...system(),
    ...interpreters(known?.ottofile ?? null),
    ...(await compiledParts()),
    ...(await places(ottoHome(known?.place ?? null), nativeOrNull())),
    ...tools(),
    colours(terminal),
    ottofileCheck(parsed),
  ];
}

function lookAt({ values }: ParsedOptions): ParsedOttofile | FailureError | null {
  try {
    const path = locateIfAny(values.get('ottofile') ?? null);
    return path === null ? null : loadOttofile(path);
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    error.message = describeFailure(error.failure).message;
    return error;
  }
}

function asText(checks: readonly Check[], style: Style): string {
  const paint: Readonly<Record<CheckState, (text: string) => string>> = {
    ok: (text) => text,
    warn: style.yellow,
    missing: style.red,
  };
  const rows = table(checks.map(({ state, name, found }) => [state, name, visible(found)]));
  const lines = checks.flatMap(({ state, hint }, at) => {
    const row = (rows[at] as string).replace(state, paint[state](state));
    return hint === null ? [row] : [row, `         ${style.cyan('hint')}: ${visible(hint)}`];
  });
  return [`otto ${ottoVersion()}`, ...lines].map((line) => `${line}\n`).join('');
}

const asJson = (checks: readonly Check[], isFit: boolean): string =>
  `${JSON.stringify({ otto: ottoVersion(), ok: isFit, checks }, null, 2)}\n`;
