import type { Script } from './model.ts';
import { type Reference, referencesIn } from './references.ts';

/** `"a.b" in INPUT`, `Object.hasOwn(INPUT, "a.b")`, `[[ -v INPUT[a.b] ]]`, `otto.get a.b || …` */
const GUARDS = [
  /(["'`])(?<full>[^"'`\n]+)\1\s+(?:not\s+)?in\s+INPUT\b/g,
  /\bhasOwn\(\s*INPUT\s*,\s*(["'`])(?<full>[^"'`\n]+)\1\s*\)/g,
  /-v\s+(["']?)INPUT\[(["']?)(?<full>[^\]"'\n]+)\2\]\1/g,
  /\b(?:otto\.get|otto_get_input)[ \t]+(["']?)(?<full>[^\s"';|&<>()]+)\1(?:[ \t]*2>[ \t]*\S+)?[ \t]*\|\|/g,
  /\b(?:if|while|until|!)\s+(?:otto\.get|otto_get_input)[ \t]+(["']?)(?<full>[^\s"';|&<>()]+)\1/g,
] as const;

/** What a script visibly reads without saying anywhere what holds when the value is missing. */
export function certainReads({ text, language }: Script): readonly Reference[] {
  const references = referencesIn(text, language);
  if (references.length === 0) return [];
  const mayMiss = new Set<string>(references.filter((one) => one.mayMiss).map(spelledKey));
  for (const guard of GUARDS)
    for (const { groups } of text.matchAll(guard)) if (groups?.full !== undefined) mayMiss.add(groups.full);
  return references.filter((reference) => !mayMiss.has(spelledKey(reference)));
}

export const spelledKey = ({ full, task, key }: Reference): string => full ?? `${task}.${key}`;

/** The key that a reference names of a task, if it is that one's. */
export function keyOfTask(spelled: string, { full, task, key }: Reference): string | null {
  if (full === null) return task === spelled ? key : null;
  return full.startsWith(`${spelled}.`) ? full.slice(spelled.length + 1) : null;
}
