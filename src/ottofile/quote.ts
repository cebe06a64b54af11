const MAX_SHOWN = 80;

/** Text from a file inside a message: quoted, without control characters, and cut when it is long. */
export function quote(text: string): string {
  const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  return `"${visible(shown)}"`;
}

/** Control characters as `\xNN`, so that a file's text cannot steer the terminal that shows it. */
export function visible(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g,
    (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
