import type { DraftForeach } from './foreach.ts';
import type { Language } from './model.ts';
import { type ParamAt, shownName } from './param-checks.ts';
import { quote } from './quote.ts';
import type { ScriptChoice } from './script.ts';
import type { Source } from './source.ts';

export interface NamedInTask {
  readonly params: readonly ParamAt[];
  readonly foreach: DraftForeach | null;
  readonly language: Language | null;
}

/** Reports names that a task's keys give to different things. */
export function checkVariables(source: Source, { params, foreach, language }: NamedInTask): void {
  for (const param of params) {
    const { definition, offset, destAt } = param;
    const { variable, dest, long } = definition;
    if (language !== null) checkLanguage(source, { name: variable, offset, language });
    if (language !== null && dest !== null) checkLanguage(source, { name: dest, offset: destAt, language });
    if (foreach === null) continue;
    if (long === 'Serial')
      source.error(
        offset,
        '--Serial is taken in a task with "foreach": it runs the items one after the other',
        'choose another name',
      );
    if (foreach.as === variable || foreach.as === dest)
      source.error(
        foreach.asAt,
        `the item's variable ${quote(foreach.as)} is that of the param ${quote(shownName(definition))} too`,
        'choose another name with "as"',
      );
  }
}

interface Variable {
  readonly name: string;
  readonly offset: number;
  readonly language: Language;
}

/** A variable that hides what the language itself provides would break scripts in ways that are hard to see. */
function checkLanguage(source: Source, { name, offset, language }: Variable): void {
  const isTaken =
    (language === 'node' && (Object.hasOwn(globalThis, name) || MODULE_NAMES.has(name))) ||
    (language === 'python' && /^__.*__$/.test(name));
  if (isTaken)
    source.error(
      offset,
      `${quote(name)} means something else in ${LANGUAGES[language] ?? 'the script'}`,
      'choose another name',
    );
}

const MODULE_NAMES: ReadonlySet<string> = new Set([
  'require',
  'module',
  'exports',
  '__filename',
  '__dirname',
]);
const LANGUAGES: Readonly<Partial<Record<Language, string>>> = { node: 'Node', python: 'Python' };

/** A task that has the terminal prints there, past otto. */
export function refuseMarkers(source: Source, { owner, entries, values }: ScriptChoice): void {
  const at = entries.get('markers');
  if (!values.markers || !values.interactive || at === undefined) return;
  source.error(
    at.offset,
    `${owner} has "markers" and "interactive": what it prints goes to the terminal, past otto`,
    'let it write to "$OTTO_OUTPUT", or use otto.set',
  );
}
