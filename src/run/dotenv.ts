import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { Diagnostic, Located } from '../ottofile/model.ts';
import { expandHome } from '../ottofile/paths.ts';
import { errorAt } from '../ottofile/place.ts';
import { quote } from '../ottofile/quote.ts';
import type { Environment } from './environment.ts';

export interface DotenvFiles {
  /** Later files win over earlier ones. */
  readonly values: Environment;
  readonly problems: readonly Diagnostic[];
}

export const NO_DOTENV: DotenvFiles = { values: {}, problems: [] };

/** Reads what `dotenv` names, relative to a directory. A name that ends with `?` need not exist. */
export async function readDotenv(files: readonly Located[], directory: string): Promise<DotenvFiles> {
  if (files.length === 0) return NO_DOTENV;
  const { parse } = await import('dotenv');
  const values: Record<string, string> = {};
  const problems: Diagnostic[] = [];
  for (const file of files) {
    const optional = file.text.endsWith('?');
    const path = resolve(directory, expandHome(optional ? file.text.slice(0, -1) : file.text, homedir()));
    const content = read(path);
    if (typeof content === 'string') {
      if (!(optional && content === 'ENOENT')) problems.push(unreadable(file, content));
    } else {
      const problem = unusable(file, content);
      if (problem === null) Object.assign(values, parse(withoutMark(content)));
      else problems.push(problem);
    }
  }
  return { values, problems };
}

/** The file's bytes, or the errno's name. */
function read(path: string): Buffer | string {
  try {
    return readFileSync(path);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'EIO';
  }
}

const MARK = '\ufeff';

function withoutMark(content: Buffer): string {
  const text = content.toString();
  return text.startsWith(MARK) ? text.slice(1) : text;
}

function unreadable({ text, at }: Located, code: string): Diagnostic {
  if (code !== 'ENOENT')
    return errorAt(at, `cannot read the dotenv file ${quote(text)} (${code})`, 'check what it is');
  const hint = `make it, or write "${text}?" for a file that need not exist`;
  return errorAt(at, `there is no dotenv file ${quote(text)}`, hint);
}

function unusable({ text, at }: Located, content: Buffer): Diagnostic | null {
  const problem = content.includes(0)
    ? 'holds a NUL character'
    : isUtf8(content)
      ? null
      : 'is not valid UTF-8';
  return (
    problem && errorAt(at, `the dotenv file ${quote(text)} ${problem}`, 'save it as plain text in UTF-8')
  );
}
