import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Lines in which bash or Node name the copy of a task's script, made to name the line of the ottofile, where it can be changed:
 * `…/tasks/pack/script.sh: line 12: tra: command not found` becomes `otto.yml:12: tra: command not found`. Columns are left out, because in
 * the ottofile the script is indented.
 */
export function withOttofileLines(
  lines: readonly Buffer[],
  taskDirectory: string,
  ottofile: string,
): Buffer[] {
  const names = [
    escaped(join(taskDirectory, 'script.sh')),
    `(?:${escaped(pathToFileURL(join(taskDirectory, 'script.mjs')).href)}|${escaped(join(taskDirectory, 'script.mjs'))})`,
  ];
  // bash translates its word for `line`.
  const bash = new RegExp(`${names[0]}: [^\\s\\d:]+ (\\d+)`, 'g');
  const node = new RegExp(`${names[1]}:(\\d+)(?::\\d+)?`, 'g');
  const place = (_found: string, line: string): string => `${ottofile}:${line}`;
  return lines.map((line) => {
    const text = line.toString('utf8');
    const mapped = text.replace(bash, place).replace(node, place);
    // What is not UTF-8 stays as it is where nothing was found.
    return mapped === text ? line : Buffer.from(mapped);
  });
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
