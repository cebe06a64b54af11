import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { FailureError } from '../base/failure.ts';
import { type BashInputs, writeBashInputs } from './bash-inputs.ts';
import type { DataNotice } from './notice.ts';
import type { TaskPlace } from './store.ts';

/** In the place's own spool, or in the spare one when there is no room. */
export async function writeInputsWhereRoomIs(
  inputs: Omit<BashInputs, 'spool'>,
  { spool, spareSpool }: TaskPlace,
): Promise<{ readonly spool: string; readonly notices: readonly DataNotice[] }> {
  try {
    return { spool, notices: await writeBashInputs({ ...inputs, spool }) };
  } catch (error) {
    if (spareSpool === null || !isNoSpace(error)) throw error;
    for (const name of ['vars', 'names', 'refs']) rmSync(join(spool, name), { force: true });
    return { spool: spareSpool, notices: await writeBashInputs({ ...inputs, spool: spareSpool }) };
  }
}

const isNoSpace = (error: unknown): boolean =>
  error instanceof FailureError && error.failure.kind === 'io' && error.failure.code === 'ENOSPC';
