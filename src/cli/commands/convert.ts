import { isUtf8 } from 'node:buffer';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { FailureError } from '../../base/failure.ts';
import { attempt } from '../../base/io-failure.ts';
import { convertMakefile } from '../../convert/convert.ts';
import type { Report, Surroundings } from '../../convert/model.ts';
import { STORE_CHOICES } from '../../data/store.ts';
import { parseOttofile } from '../../ottofile/parse.ts';
import { visible } from '../../ottofile/quote.ts';
import type { CliContext } from '../context.ts';
import { printDiagnostics } from '../diagnostics.ts';
import { showPath } from '../messages.ts';
import type { ParsedOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { BAD_OTTOFILE } from '../usable-ottofile.ts';
import { usage } from '../usage.ts';
import { misuse } from './state-context.ts';
import { writeOut } from './write-out.ts';

/** In the order in which make looks for them. */
const NAMES = ['GNUmakefile', 'makefile', 'Makefile'];

/** `otto convert [--out FILE] [--force] [MAKEFILE]`. Returns the exit code; throws FailureError. */
export async function convertCommand(
  { words, values, flags }: ParsedOptions,
  { terminal }: CliContext,
): Promise<number> {
  const path = resolve(words[0] ?? defaultMakefile());
  const out = values.get('out') ?? null;
  if (out !== null && out !== '-' && existsSync(out) && !flags.has('force'))
    throw new FailureError(
      usage(`${visible(out)} is there already`, 'replace it with --force, or name another file'),
    );
  const source = textOf(attempt('read', path, () => readFileSync(path)));
  if (source === null)
    throw misuse(
      `${showPath(path)} is no Makefile: it is not text in UTF-8, or holds a NUL byte`,
      'a text in another encoding is made one of UTF-8 by iconv, e.g. "iconv -f latin1 -t utf-8"',
    );
  const { text, reports } = convertMakefile(source, basename(path), await surroundings(dirname(path)));
  printReports(reports, dirname(path), terminal);
  return check(text, join(dirname(path), 'otto.yml'), terminal) ? finish(text, out, terminal) : BAD_OTTOFILE;
}

function finish(text: string, out: string | null, terminal: Terminal): number {
  writeOut(text, out, terminal.out);
  return 0;
}

function defaultMakefile(): string {
  const found = NAMES.find((name) => existsSync(name));
  if (found !== undefined) return found;
  throw misuse(`there is no ${NAMES.join(', ')} here`, 'name the Makefile: otto convert FILE');
}

async function surroundings(directory: string): Promise<Surroundings> {
  const { globSync } = await import('tinyglobby');
  const at = (path: string): string => resolve(directory, path);
  return {
    directory,
    environment: process.env,
    exists: (path) => existsSync(at(path)),
    glob: (pattern) =>
      globSync(pattern, { cwd: directory, onlyFiles: false, expandDirectories: false }).sort(),
    read: (path) => {
      try {
        return textOf(readFileSync(at(path)));
      } catch {
        return null;
      }
    },
  };
}

/** Null for what would not be in an ottofile what it is here. */
const textOf = (bytes: Buffer): string | null =>
  isUtf8(bytes) && !bytes.includes(0) ? bytes.toString() : null;

/** What is written must be an ottofile; when it is not, that is told in place of writing it. */
function check(text: string, path: string, terminal: Terminal): boolean {
  const parsed = parseOttofile(
    { path, content: Buffer.from(text) },
    { userHome: homedir(), stores: STORE_CHOICES },
  );
  if (parsed.ottofile !== null) return true;
  printDiagnostics(parsed.diagnostics, terminal);
  return false;
}

function printReports(reports: readonly Report[], directory: string, { err, errStyle }: Terminal): void {
  for (const { file, line, message, hint } of reports) {
    const place = errStyle.bold(`${showPath(join(directory, file))}:${line}`);
    err(`${place}: ${visible(message)}\n  ${errStyle.cyan('hint')}: ${visible(hint)}\n`);
  }
}
