import type { ErrorObject, ValidateFunction } from 'ajv';
import { meaningOfJson, tryParseJson } from './json-text.ts';
import type { Found, Verdict } from './typed-value.ts';

/** Up to draft 7 some keywords meant something else than today; `$schema` tells. */
const IS_DRAFT_07 = /draft-0[67]/;

/** Formats are not checked: JSON Schema leaves it open. Keywords that nobody knows are passed over, as it asks. */
const OPTIONS = { strict: false, validateFormats: false, logger: false } as const;

/** Judges values by a JSON Schema. Throws what ajv says of one that is none. */
export async function schemaJudge(schema: unknown): Promise<(found: Found) => Verdict> {
  if (schema === true) return () => FITS;
  const validate = await compile(schema as object);
  return (found) => judgeBySchema(validate, found);
}

/** What keeps something from being a JSON Schema; null when it is one. */
export async function problemOfSchema(schema: unknown): Promise<string | null> {
  try {
    await schemaJudge(schema);
    return null;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error.message;
  }
}

const FITS: Verdict = { kind: 'fits' };

async function compile(schema: object): Promise<ValidateFunction> {
  const { $schema = '', ...rules } = schema as { readonly $schema?: unknown };
  if (IS_DRAFT_07.test(String($schema))) {
    const { Ajv } = await import('ajv');
    return new Ajv(OPTIONS).compile(rules);
  }
  const { Ajv2020 } = await import('ajv/dist/2020.js');
  return new Ajv2020(OPTIONS).compile(rules);
}

/** A text is what it is when the schema takes a string, else the JSON that stands in it. */
function judgeBySchema(validate: ValidateFunction, found: Found): Verdict {
  if (found.kind === 'bytes') return { kind: 'refused', why: 'JSON has no bytes' };
  if (found.kind === 'text' && validate(found.text)) return FITS;
  const parsed = tryParseJson(found.text);
  if (parsed === null) return { kind: 'refused', why: 'it is not JSON text' };
  if (!validate(parsed.value)) return { kind: 'refused', why: problemOf(validate.errors?.[0]) };
  return found.kind === 'json' ? FITS : { kind: 'becomes', ...meaningOfJson(found.text) };
}

function problemOf(error: ErrorObject | undefined): string | null {
  if (error === undefined) return null;
  const { instancePath, message = 'does not fit' } = error;
  return `${instancePath === '' ? 'it' : instancePath} ${message}`;
}
