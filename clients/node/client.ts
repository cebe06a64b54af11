/**
 * otto's Node client: `node -r client.cjs script.mjs` gives a task's script the globals INPUT, OUTPUT, `require` and the
 * legacy functions. Nothing is read before the script asks for it.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { closeConnections } from './lib/connection.ts';
import { keepExported } from './lib/exported.ts';
import { forScript } from './lib/for-script.ts';
import { createInput } from './lib/input.ts';
import { createOutput } from './lib/output.ts';
import { defineParams } from './lib/params.ts';
import { findOwnLibrary, resolveFromWorkDirectory } from './lib/resolution.ts';

const workDirectory = process.cwd();
const input = createInput();
const { output, saveChanged } = createOutput();

defineParams(define);
define('INPUT', input);
define('OUTPUT', output);
define('require', createRequire(join(workDirectory, 'script.mjs')));
define(
  'otto_set_output',
  forScript((key: string, value: unknown) => {
    output[key] = value;
  }),
);
define(
  'otto_get_input',
  forScript((key: string, fallback?: unknown) => (key in input ? input[key] : fallback)),
);
define('otto_deserialize_input', () => undefined);
saveAtExit();
findOwnLibrary();
resolveFromWorkDirectory(workDirectory);

function define(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
}

/** After all of the script's own exit handlers: they may still change what OUTPUT holds. */
function saveAtExit(): void {
  const emit = process.emit as (...args: unknown[]) => boolean;
  process.emit = function (this: NodeJS.Process, ...args: unknown[]): boolean {
    if (args[0] !== 'exit') return Reflect.apply(emit, this, args);
    try {
      return Reflect.apply(emit, this, args);
    } finally {
      saveChanged();
      keepExported();
      closeConnections();
    }
  } as typeof process.emit;
}
