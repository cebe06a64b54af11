/** A module resolution hook: what the script imports is resolved from `base` instead of the script's own place. */

interface Places {
  readonly script: string;
  readonly base: string;
}

interface Context {
  readonly parentURL?: string;
}

type Next = (specifier: string, context: Context) => unknown;

let places: Places | undefined;

export function initialize(data: Places): void {
  places = data;
}

export function resolve(specifier: string, context: Context, next: Next): unknown {
  if (places === undefined || context.parentURL !== places.script) return next(specifier, context);
  return next(specifier, { ...context, parentURL: places.base });
}
