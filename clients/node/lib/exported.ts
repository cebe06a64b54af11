import { writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { directory, scriptPath } from './task.ts';

const PREFIX = 'OTTO_OUT_';
/** Not a worker, nor a program that the script has started: these have environments of their own. */
const isScript = isMainThread && process.argv[1] === scriptPath && process.channel === undefined;

/** Keeps the variables OTTO_OUT_* that there are when the script ends (docs/task-protocol.md, section 6). Never throws. */
export function keepExported(): void {
  if (!isScript || directory === '') return;
  const found = Object.keys(process.env).filter((name) => name.startsWith(PREFIX) && name !== PREFIX);
  if (found.length === 0) return;
  const records = found.map((name) => `\0s${name.slice(PREFIX.length)}\0=${process.env[name]}\0.`);
  try {
    writeFileSync(join(directory, 'exported'), records.join(''), { mode: 0o600 });
  } catch (error) {
    writeSync(
      2,
      `otto: the variables OTTO_OUT_* cannot be kept: ${error instanceof Error ? error.message : error}\n`,
    );
    process.exitCode = 1;
  }
}
