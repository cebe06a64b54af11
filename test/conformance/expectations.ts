import { type CaseLanguage, JSON_CASES, TEXT_CASES, textOf } from './cases.ts';
import type { Report } from './scripts.ts';

/** What bash finds of the values that a task has set in the language `writer`; those with NUL under `KEY#hex`. */
export function bashExpectations(
  writer: CaseLanguage,
  task: string = writer,
): { readonly key: string; readonly data: Buffer }[] {
  const texts = TEXT_CASES.filter(({ writers }) => writers.includes(writer)).map(({ key, data }) =>
    data.includes(0)
      ? { key: `${task}.${key}#hex`, data: Buffer.from(data.toString('hex')) }
      : { key: `${task}.${key}`, data },
  );
  if (writer === 'bash') return texts;
  const json = JSON_CASES.map((value) => {
    const text = textOf(value, writer);
    return { key: `${task}.${value.key}`, data: Buffer.from(text === 'null' ? '' : text) };
  });
  return [...texts, ...json];
}

/** What Python and Node find of them. */
export function typedExpectations(writer: CaseLanguage, task: string = writer): Report[] {
  const texts = TEXT_CASES.filter(({ writers }) => writers.includes(writer)).map(({ key, type, data }) => ({
    key: `${task}.${key}`,
    type,
    hex: data.toString('hex'),
  }));
  if (writer === 'bash') return texts;
  return [
    ...texts,
    ...JSON_CASES.map(({ key }) => ({ key: `${task}.${key}`, type: 'json' as const, hex: '' })),
  ];
}
