import { readFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { scriptPath } from './task.ts';

/** The library of the otto that runs the task, by the names that it has when it is installed. */
const OWN: ReadonlyMap<string, string> = new Map([
  ['otto', join(__dirname, '../../index.js')],
  ['otto/shm', join(__dirname, '../../shm.js')],
]);

type ResolveFilename = (this: unknown, request: string, ...more: unknown[]) => string;

/** `require` finds otto's library in every task. An otto that is installed comes first. */
export function findOwnLibrary(): void {
  const loader = nodeModule.Module as unknown as { _resolveFilename: ResolveFilename };
  const resolve = loader._resolveFilename;
  loader._resolveFilename = function (request, ...more) {
    try {
      return resolve.call(this, request, ...more);
    } catch (error) {
      const own = OWN.get(request);
      if (own === undefined) throw error;
      return own;
    }
  };
}

/**
 * Makes the script's imports resolve as if it stood in the work directory. On Node 20 this costs a thread (half of Node's
 * own start), so a script that imports nothing but Node's own modules goes without.
 */
export function resolveFromWorkDirectory(workDirectory: string): void {
  if (process.argv[1] !== scriptPath) return;
  if (importsOnlyBuiltins(readFileSync(scriptPath, 'latin1'))) return;
  const data = {
    script: pathToFileURL(scriptPath).href,
    base: pathToFileURL(join(workDirectory, 'script.mjs')).href,
    own: Object.fromEntries([...OWN].map(([name, path]) => [name, pathToFileURL(path).href])),
  };
  nodeModule.register(pathToFileURL(join(__dirname, 'resolve.mjs')), { data });
}

const KEYWORD = /\b(?:import|from)\b/g;
const META = /^import\s*\.\s*meta\b(?!\s*\.\s*resolve)/;
const SPECIFIER = /^(?:import|from)\s*\(?\s*(?:'([^'\\\n]*)'|"([^"\\\n]*)")/;
/** An import with a clause; its `from` is looked at by itself. */
const CLAUSE = /^import\s+[\w$*{][^'"();]*?\bfrom\b/;

/** Certain only when true: whatever is not understood, in comments and strings too, counts as an import of something else. */
export function importsOnlyBuiltins(text: string): boolean {
  for (const { index } of text.matchAll(KEYWORD)) {
    const rest = text.slice(index, index + LONGEST_CLAUSE);
    const [, single, double] = SPECIFIER.exec(rest) ?? [];
    const specifier = single ?? double;
    const isHarmless =
      specifier === undefined ? META.test(rest) || CLAUSE.test(rest) : nodeModule.isBuiltin(specifier);
    if (!isHarmless) return false;
  }
  return true;
}

const LONGEST_CLAUSE = 4096;
