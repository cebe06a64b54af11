import { FailureError } from '../../base/failure.ts';
import type { Located } from '../../ottofile/model.ts';

export type Lookup = (name: string) => string | undefined;

const VARIABLE = /\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}|\$([A-Za-z_]\w*)|\$\$/g;

/** A glob with the values of its variables as text: what is a wildcard in a value is none in the glob. */
export async function expandPattern({ text, at }: Located, lookup: Lookup): Promise<string> {
  if (!text.includes('$')) return text;
  const { escapePath } = await import('tinyglobby');
  return text.replace(VARIABLE, (found, braced?: string, fallback?: string, bare?: string) => {
    if (found === '$$') return '$';
    const name = braced ?? bare ?? '';
    const value = lookup(name) || fallback;
    if (value !== undefined) return escapePath(value);
    const hint = `set it in "envs", or write \${${name}:-default}`;
    throw new FailureError({ kind: 'ottofile', at, message: `the variable "${name}" is not set`, hint });
  });
}
