/**
 * What a terminal would obey, or what would show other characters in another order than they stand: control characters (names have
 * none of ASCII's, but may have those of C1), separators of lines, and marks that change the direction of text.
 */
const STEERING = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A task's name as it may be shown: what would steer the terminal is visible as `\u{9b}`. */
export const shownName = (name: string): string =>
  name.replace(STEERING, (letter) => `\\u{${letter.charCodeAt(0).toString(16)}}`);

/** The same in quotes, for sentences. */
export const quotedName = (name: string): string => shownName(JSON.stringify(name));

/** `"a", "b" and 7 more`: of many names the first ones. */
export function listedNames(names: readonly string[], most = 10): string {
  const shown = names.slice(0, most).map(quotedName).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
