import type { RegionResult } from '../../history/check-regions.ts';
import type { ValuesCheck } from '../../history/check-values.ts';
import type { RunRecord } from '../../history/run-record.ts';
import { counted, sizeWords } from '../../report/words.ts';
import { describeFailure, showPath } from '../messages.ts';
import { cell, table } from './table.ts';

/** All that a check has found. */
export interface CheckResult {
  readonly run: RunRecord | null;
  /** The directory of an export. */
  readonly exported: string | null;
  readonly values: ValuesCheck | null;
  readonly regions: readonly RegionResult[];
}

/** What is there, in tables; the problems are told apart from it. */
export function checkText({ run, exported, values, regions }: CheckResult): string {
  const name = exported === null ? run?.run : showPath(exported);
  const parts = [
    name === undefined || values === null ? '' : `${name}  ${valuesWords(values)}\n`,
    regions.some(({ check }) => check !== null) ? regionsTable(regions) : '',
  ];
  const text = parts.filter((part) => part !== '').join('\n');
  return text === '' && regions.length === 0 ? 'no regions\n' : text;
}

function valuesWords({ values, bytes, verified, gone, damaged }: ValuesCheck): string {
  const rest = values - verified - gone - damaged;
  return [
    `${counted(values, 'value', 'values')}, ${sizeWords(bytes)}`,
    `${verified} verified`,
    ...(rest === 0 ? [] : [`${rest} without a hash to compare`]),
    ...(damaged === 0 ? [] : [`${damaged} damaged`]),
    ...(gone === 0 ? [] : [`${gone} gone`]),
  ].join(', ');
}

function regionsTable(regions: readonly RegionResult[]): string {
  const rows = regions.flatMap(({ directory, check }) =>
    check === null
      ? []
      : [
          [
            cell(directory),
            check.sealed ? 'sealed' : 'open',
            String(check.keys),
            sizeWords(check.valueBytes),
            String(check.valueFiles),
            sizeWords(check.spilledBytes),
            sizeWords(check.regionBytes),
            sizeWords(check.unusedBytes),
            String(check.strayFiles),
          ],
        ],
  );
  const titles = ['REGION', 'STATE', 'KEYS', 'VALUES', 'FILES', 'SPILLED', 'SIZE', 'UNUSED', 'STRAY FILES'];
  const right = titles.slice(2).map(() => 'right' as const);
  return `${table([titles, ...rows], ['left', 'left', ...right]).join('\n')}\n`;
}

/** docs/commands.md has its fields: some may be added, none changed. */
export function checkJson({ run, exported, values, regions }: CheckResult): string {
  const asJson = {
    run: run?.run ?? null,
    exported,
    values: values && {
      ...values,
      problems: values.problems.map((problem) => describeFailure(problem).message),
    },
    regions: regions.map(({ directory, check, problem }) => ({
      directory,
      problem: problem && describeFailure(problem).message,
      ...check,
    })),
  };
  return `${JSON.stringify(asJson, null, 2)}\n`;
}
