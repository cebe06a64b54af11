import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { isNull, offsetOf, textOf } from './document.ts';
import { type FieldValue, type Read, readList, readText, type TextAt, wrongType } from './fields.ts';
import { key, POSITIVE, type Section, sectionJson, TEXT, TEXTS } from './key.ts';
import { entriesOf, type MapEntry } from './mapping.ts';
import type { Arity, ParamDefinition } from './model.ts';
import { checkParams, type ParamAt } from './param-checks.ts';
import { parseParamKey } from './param-key.ts';
import { quote } from './quote.ts';
import { readSection, type SectionValues, sectionEntries } from './section.ts';

type Default = { readonly flag: string } | { readonly text: string } | { readonly list: readonly string[] };

const readDefault: Read<Default> = (field) => {
  const { node } = field;
  if (isScalar(node) && typeof node.value === 'boolean') return { flag: String(node.value) };
  if (isSeq(node)) {
    const list = readList(field, { items: 'texts', item: 'a text' });
    return list && { list: list.map(({ text }) => text) };
  }
  const found = readText(field);
  return found && { text: found.text };
};

const readChoices: Read<readonly string[]> = (field) => {
  const choices = readList(field, { items: 'texts', item: 'a text', nullIsText: true });
  if (choices?.length === 0) return wrongType(field, 'a list with at least one text', 'name the choices');
  return choices?.map(({ text }) => text);
};

const NARGS = /^(?:([?*+])|(\d{1,6})|(\d{1,6})?:(\d{1,6})?)$/;

const readArity: Read<Arity> = (field) => {
  const [found, sign, exactly, min, max] = NARGS.exec(textOf(field.node) ?? '') ?? [];
  const arity =
    sign === undefined
      ? { min: Number(exactly ?? min ?? 0), max: Number(exactly ?? max ?? Infinity) }
      : { min: sign === '+' ? 1 : 0, max: sign === '?' ? 1 : Infinity };
  const isUsable = found !== undefined && found !== ':' && arity.max >= 1 && arity.min <= arity.max;
  return isUsable
    ? arity
    : wrongType(field, 'a number of values', 'for example 2, "?", "*", "+", 1:3, "2:" or ":3"');
};

const PARAM_SECTION = {
  help: key(readText, TEXT, 'what the param is for'),
  default: key(readDefault, TEXTS, 'the value when none is given; true or false makes a flag'),
  choices: key(readChoices, TEXTS, 'the values that are allowed'),
  metavar: key(readText, TEXT, 'what the value is called in help'),
  nargs: key(
    readArity,
    { anyOf: [POSITIVE, { type: 'string', pattern: NARGS.source }] },
    'how many values: ?, *, +, N or A:B',
  ),
  dest: key(readText, TEXT, 'one more variable with the value'),
} satisfies Section;

type ParamValues = SectionValues<typeof PARAM_SECTION>;

export const PARAMS_JSON = { type: 'object', additionalProperties: sectionJson(PARAM_SECTION) };

export const readParams: Read<readonly ParamAt[]> = (field) => {
  if (!isMap(field.node))
    return wrongType(
      field,
      'a mapping of names to what they mean',
      'write "-g|--greeting: {default: hello}" lines, indented',
    );
  const entries = [...entriesOf(field, field.node).values()];
  const params = entries.flatMap((entry) => readParam(field, entry) ?? []);
  checkParams(field.source, params);
  return params;
};

function readParam(field: FieldValue, entry: MapEntry): ParamAt | undefined {
  const { source } = field;
  const spelled = parseParamKey(entry.key);
  const owner = `the param ${quote(entry.key)}`;
  const hint = `a text is its default: "${entry.key}: {default: …}"`;
  const entries = sectionEntries(field, entry, { owner, hint }) ?? new Map<string, MapEntry>();
  const values = readSection({ ...field, owner }, entries, PARAM_SECTION);
  if (!spelled.ok) {
    source.error(
      entry.offset,
      `${quote(entry.key)} is no param: ${spelled.error.problem}`,
      spelled.error.hint,
    );
    return undefined;
  }
  const problem = contradictionIn(values, spelled.value.kind === 'positional');
  const at = offsetAt(entries.get('default')?.value ?? null) ?? entry.offset;
  if (problem !== null) source.error(at, `${owner} ${problem.problem}`, problem.hint);
  const definition: ParamDefinition = {
    ...spelled.value,
    kind: isFlag(values) ? 'flag' : spelled.value.kind,
    dest: values.dest?.text ?? null,
    help: values.help?.text ?? null,
    metavar: values.metavar?.text ?? null,
    default: defaultOf(values),
    choices: values.choices ?? null,
    nargs: values.nargs ?? null,
    at: source.place(entry.offset),
  };
  return { definition, offset: entry.offset, destAt: destPlace(values.dest, entry) };
}

const offsetAt = (node: Node | null): number | undefined =>
  node === null || isNull(node) ? undefined : offsetOf(node);

const destPlace = (dest: TextAt | undefined, entry: MapEntry): number => dest?.offset ?? entry.offset;

const isFlag = ({ default: given }: ParamValues): boolean => given !== undefined && 'flag' in given;

function defaultOf({ default: given, nargs }: ParamValues): ParamDefinition['default'] {
  if (given === undefined) return null;
  if ('list' in given) return given.list;
  const text = 'flag' in given ? given.flag : given.text;
  return nargs === undefined ? text : [text];
}

interface Contradiction {
  readonly problem: string;
  readonly hint: string;
}

function contradictionIn(values: ParamValues, isPositional: boolean): Contradiction | null {
  const { default: given, choices, nargs, metavar } = values;
  if (given === undefined) return null;
  if ('flag' in given) {
    if (isPositional)
      return {
        problem: `has the default ${given.flag}, which makes a flag`,
        hint: `write "${given.flag}" in quotes, or the name with dashes`,
      };
    const [odd] = Object.entries({ choices, nargs, metavar }).find(([, value]) => value !== undefined) ?? [];
    const hint = `remove "${odd}", or write "${given.flag}" in quotes`;
    return odd === undefined
      ? null
      : { problem: `is a flag, and a flag takes no value: "${odd}" means nothing`, hint };
  }
  if (nargs === undefined)
    return 'list' in given
      ? { problem: 'has a list as its default, but takes one value', hint: 'add "nargs: *"' }
      : null;
  const count = 'list' in given ? given.list.length : 1;
  if (count >= nargs.min && count <= nargs.max) return null;
  return {
    problem: `takes ${inWords(nargs)} values, but its default has ${count}`,
    hint: 'change "nargs" or the default',
  };
}

const inWords = ({ min, max }: Arity): string =>
  min === max ? `${min}` : max === Infinity ? `${min} or more` : `${min} to ${max}`;
