import { readFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { scriptPath } from './task.ts';

/**
 * Makes the script's imports resolve as if it stood in the work directory. Costs a thread on older Nodes, so only a script
 * that may import anything pays for it.
 */
export function resolveFromWorkDirectory(workDirectory: string): void {
  if (process.argv[1] !== scriptPath || !mayImport()) return;
  const data = {
    script: pathToFileURL(scriptPath).href,
    base: pathToFileURL(join(workDirectory, 'script.mjs')).href,
  };
  nodeModule.register(pathToFileURL(join(__dirname, 'resolve.mjs')), { data });
}

function mayImport(): boolean {
  return /\b(?:import|from)\b/.test(readFileSync(scriptPath, 'latin1'));
}
