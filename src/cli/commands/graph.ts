import { extname } from 'node:path';
import type { TaskName } from '../../base/task-name.ts';
import { drawDot } from '../../graph/draw/dot.ts';
import { drawMermaid } from '../../graph/draw/mermaid.ts';
import { drawSvg } from '../../graph/draw/svg.ts';
import { type Picture, pictureOf } from '../../graph/picture.ts';
import type { Ottofile } from '../../ottofile/model.ts';
import { quote } from '../../ottofile/quote.ts';
import { suggest } from '../../ottofile/suggest.ts';
import { columns } from '../../report/columns.ts';
import type { CliContext } from '../context.ts';
import type { ParsedOptions } from '../options.ts';
import { BAD_OTTOFILE, ottofileOf } from '../usable-ottofile.ts';
import { drawAscii } from './graph-ascii.ts';
import { namedTasks } from './named-tasks.ts';
import { misuse } from './state-context.ts';
import { writeOut } from './write-out.ts';

const FORMATS = ['ascii', 'dot', 'mermaid', 'svg'] as const;
type Format = (typeof FORMATS)[number];

const ENDINGS: Readonly<Record<string, Format>> = {
  '.dot': 'dot',
  '.gv': 'dot',
  '.mermaid': 'mermaid',
  '.mmd': 'mermaid',
  '.svg': 'svg',
};

/** `otto graph [--format FORMAT] [--out FILE] [--all] [TASK]...`. Returns the exit code; throws FailureError. */
export async function graphCommand(options: ParsedOptions, { terminal }: CliContext): Promise<number> {
  const file = options.values.get('out') ?? null;
  const format = formatOf(options.values.get('format'), file);
  const ottofile = ottofileOf(options, terminal);
  if (ottofile === null) return BAD_OTTOFILE;
  const picture = pictureFor(ottofile, options);
  const toTerminal = file === null && terminal.outColours;
  writeOut(await draw(picture, format, toTerminal), file, terminal.out);
  return 0;
}

/** Without TASK everything is shown, and what a bare `otto` would run stands out. */
function pictureFor(ottofile: Ottofile, { words, flags }: ParsedOptions): Picture {
  const named = namedTasks(ottofile, words);
  return pictureOf(ottofile, {
    requested: named.length > 0 ? named : requestedByDefault(ottofile),
    whole: named.length === 0 || flags.has('all'),
    fresh: new Set(),
  });
}

const requestedByDefault = ({ defaults, tasks }: Ottofile): readonly TaskName[] =>
  defaults.length > 0 ? defaults : [...tasks.keys()];

function draw(picture: Picture, format: Format, colours: boolean): string | Promise<string> {
  switch (format) {
    case 'dot':
      return drawDot(picture);
    case 'mermaid':
      return drawMermaid(picture);
    case 'svg':
      return drawSvg(picture, columns);
    default:
      return drawAscii(picture, colours);
  }
}

function formatOf(named: string | undefined, file: string | null): Format {
  if (named === undefined) return ENDINGS[extname(file ?? '').toLowerCase()] ?? 'ascii';
  const format = FORMATS.find((name) => name === named);
  if (format !== undefined) return format;
  const near = suggest(named, FORMATS);
  throw misuse(
    `there is no format ${quote(named)}`,
    near ? `did you mean "${near}"?` : `there are ${FORMATS.join(', ')}`,
  );
}
