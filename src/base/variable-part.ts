/** A name as part of an environment variable's: upper case, and `_` for every character that variables do not have. */
export const variablePart = (name: string): string => name.toUpperCase().replace(/[^A-Z0-9_]/gu, '_');
