import { extname } from 'node:path';
import type { TaskName } from '../../base/task-name.ts';
import { drawDot } from '../../graph/draw/dot.ts';
import { drawMermaid } from '../../graph/draw/mermaid.ts';
import { drawSvg } from '../../graph/draw/svg.ts';
import { type Picture, pictureOf } from '../../graph/picture.ts';
import { plainly } from '../../graph/plan.ts';
import { planRun } from '../../graph/plan-run.ts';
import type { Ottofile } from '../../ottofile/model.ts';
import { quote } from '../../ottofile/quote.ts';
import { suggest } from '../../ottofile/suggest.ts';
import { columns } from '../../report/columns.ts';
import { fileFinder } from '../../run/find-files.ts';
import type { CliContext } from '../context.ts';
import { explain } from '../explain.ts';
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

/** `otto graph [--format FORMAT] [--out FILE] [--all] [--fresh] [TASK]...`. Returns the exit code; throws FailureError. */
export async function graphCommand(options: ParsedOptions, { terminal }: CliContext): Promise<number> {
  const file = options.values.get('out') ?? null;
  const format = formatOf(options.values.get('format'), file);
  const ottofile = ottofileOf(options, terminal);
  if (ottofile === null) return BAD_OTTOFILE;
  const picture = await pictureFor(ottofile, options);
  const toTerminal = file === null && terminal.outColours;
  writeOut(await draw(picture, format, toTerminal), file, terminal.out);
  return 0;
}

/** Without TASK everything is shown, and what a bare `otto` would run stands out. */
async function pictureFor(ottofile: Ottofile, { words, flags }: ParsedOptions): Promise<Picture> {
  const named = namedTasks(ottofile, words);
  const requested = named.length > 0 ? named : requestedByDefault(ottofile);
  return pictureOf(ottofile, {
    requested,
    whole: named.length === 0 || flags.has('all'),
    fresh: flags.has('fresh') ? await freshTasks(ottofile, requested) : new Set(),
  });
}

/** What is up to date; a `foreach` is when all of its items are. */
async function freshTasks(ottofile: Ottofile, requested: readonly TaskName[]): Promise<Set<TaskName>> {
  const planned = planRun(ottofile, requested.map(plainly), await fileFinder(ottofile));
  if (!planned.ok)
    throw misuse(
      'it cannot be told what is up to date: these tasks cannot run like that',
      '"otto run -n" tells why',
    );
  const plan = planned.value;
  const explained = await explain({ ottofile, plan }, { force: false });
  const fresh = new Set(explained.flatMap(({ task, verdict }) => (verdict.kind === 'fresh' ? [task] : [])));
  const items = [...plan.tasks.values()].flatMap(({ name, item }) =>
    item === null ? [] : [{ name, parent: item.parent }],
  );
  const stale = new Set(items.flatMap(({ name, parent }) => (fresh.has(name) ? [] : [parent])));
  for (const { parent } of items) if (!stale.has(parent)) fresh.add(parent);
  return fresh;
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
