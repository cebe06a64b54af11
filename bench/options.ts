import { parseArgs } from 'node:util';
import { type PartName, partNames } from './result.ts';

export interface Options {
  readonly parts: readonly PartName[];
  readonly quick: boolean;
  /** Size of a large value. */
  readonly bytes: number;
  /** Rounds of every row; null: each part's own number. */
  readonly rounds: number | null;
  /** Whether missing rivals may be installed. */
  readonly install: boolean;
  /** Where the results and the document's files go: the repository's own places, or one directory for all. */
  readonly out: string | null;
  /** Whether they go anywhere: less than the full measurement never replaces one in the repository. */
  readonly publish: boolean;
  readonly renderOnly: boolean;
  readonly help: boolean;
}

export const USAGE = `npm run bench -- [PART]... [OPTIONS]

  a  helpers: large and small values through otto-mmap-set and otto-mmap-get
  b  in process: the addon beside lmdb, shm-typed-array and a Map
  c  chain: bash -> Python -> Node -> bash, with and without --fast
  d  tasks: 1, 100 independent and 100 chained no-op tasks, beside other runners
  e  growth: cost by size of a value, number of keys and number of writers

  --quick        small sizes and few rounds, to see that it works; changes no file of the repository
  --bytes N      size of a large value (default 1073741824; quick: 67108864)
  --rounds N     rounds of every row
  --no-install   compare only with what is installed already
  --out DIR      write results and charts there
  --render       measure nothing: draw docs/performance.md again from bench/results/latest.json
`;

export function parseOptions(argv: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      bytes: { type: 'string' },
      rounds: { type: 'string' },
      'no-install': { type: 'boolean', default: false },
      out: { type: 'string' },
      render: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return {
    parts: partsOf(positionals),
    quick: values.quick,
    bytes: positive('--bytes', values.bytes) ?? (values.quick ? 2 ** 26 : 2 ** 30),
    rounds: positive('--rounds', values.rounds),
    install: !values['no-install'],
    out: values.out ?? null,
    publish: values.out !== undefined || !(values.quick || values.bytes || values.rounds),
    renderOnly: values.render,
    help: values.help,
  };
}

function partsOf(names: readonly string[]): readonly PartName[] {
  const unknown = names.find((name) => !partNames.includes(name as PartName));
  if (unknown !== undefined)
    throw new RangeError(`there is no part "${unknown}": parts are ${partNames.join(', ')}`);
  return names.length === 0 ? partNames : partNames.filter((name) => names.includes(name));
}

function positive(option: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new RangeError(`${option} takes a whole number above 0`);
  return number;
}
