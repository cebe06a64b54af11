/**
 * A module resolution hook: what the script imports is resolved from `base` instead of the script's own place. What nobody has
 * installed under one of otto's names is the otto that runs the task.
 */

interface Places {
  readonly script: string;
  readonly base: string;
  /** Otto's names, with the URLs of its files. */
  readonly own: Readonly<Record<string, string>>;
}

interface Context {
  readonly parentURL?: string;
}

type Next = (specifier: string, context: Context) => unknown;

let places: Places | undefined;

export function initialize(data: Places): void {
  places = data;
}

export async function resolve(specifier: string, context: Context, next: Next): Promise<unknown> {
  if (places === undefined) return next(specifier, context);
  const seen = context.parentURL === places.script ? { ...context, parentURL: places.base } : context;
  const own = Object.hasOwn(places.own, specifier) ? places.own[specifier] : undefined;
  if (own === undefined) return next(specifier, seen);
  try {
    return await next(specifier, seen);
  } catch {
    return { url: own, format: 'commonjs', shortCircuit: true };
  }
}
