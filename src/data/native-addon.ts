import { FailureError } from '../base/failure.ts';
import { addonPath } from './installation.ts';
import type { Native } from './native.ts';
import { numberKeys } from './numbered-keys.ts';

let loaded: Native | undefined;

/** The addon, loaded once a thread. Throws a FailureError of kind `native-missing`. */
export function loadNative(): Native {
  loaded ??= loadAddon();
  return loaded;
}

function loadAddon(): Native {
  const path = addonPath();
  if (path === null) throw missing('it has not been compiled');
  const target: { exports: Partial<Native> } = { exports: {} };
  try {
    process.dlopen(target, path);
  } catch (error) {
    throw missing(error instanceof Error ? error.message : String(error));
  }
  const native = target.exports as Native;
  native.onRegion((region) => numberKeys(native, region));
  return native;
}

const missing = (detail: string): FailureError =>
  new FailureError({ kind: 'native-missing', what: 'the addon otto.node', detail });
