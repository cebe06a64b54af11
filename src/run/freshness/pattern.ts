import { FailureError } from '../../base/failure.ts';
import { isLiteral, type Part, parseValue } from '../../ottofile/expansion.ts';
import { MAX_GLOB_LENGTH } from '../../ottofile/fields.ts';
import type { Located } from '../../ottofile/model.ts';

export type Lookup = (name: string) => string | undefined;

/** A glob with the values of its variables as text: what is a wildcard in a value is none in the glob. */
export async function expandPattern({ text, at }: Located, lookup: Lookup): Promise<string> {
  if (isLiteral(text)) return text;
  const refuse = (message: string, hint: string): never => {
    throw new FailureError({ kind: 'ottofile', at, message, hint });
  };
  const parsed = parseValue(text);
  if (!parsed.ok) return refuse(parsed.error.message, parsed.error.hint);
  const { escapePath } = await import('tinyglobby');
  const expand = (parts: readonly Part[]): string => parts.map(expandPart).join('');
  const expandPart = (part: Part): string => {
    if (part.kind === 'text') return part.text;
    if (part.kind === 'command')
      return refuse(
        'a glob runs no commands',
        'give the command to a variable in "envs", and name that here',
      );
    const value = lookup(part.name);
    if (part.fallback !== null && !value) return expand(part.fallback);
    if (value !== undefined) return escapePath(value);
    return refuse(
      `the variable "${part.name}" is not set`,
      `set it in "envs", or write \${${part.name}:-default}`,
    );
  };
  const glob = expand(parsed.value);
  if (glob.length <= MAX_GLOB_LENGTH) return glob;
  return refuse(
    `the glob has ${glob.length} characters with the values of its variables; ${MAX_GLOB_LENGTH} are possible`,
    'let a variable with a shorter value stand in it',
  );
}
