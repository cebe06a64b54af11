import { basename, resolve } from 'node:path';
import type { TaskName } from '../base/task-name.ts';
import type { TextAt } from './fields.ts';
import type { MapEntry, Reading } from './mapping.ts';
import type { Freshness, Located, Ottofile, Retention } from './model.ts';
import { expandHome } from './paths.ts';
import { quote } from './quote.ts';
import { OTTO_SECTION, RETENTION_SECTION } from './schema.ts';
import { readSection, sectionEntries } from './section.ts';
import type { Source } from './source.ts';
import { checkedStore } from './store-key.ts';
import { knownName } from './task-links.ts';
import type { TaskNames } from './task-names.ts';
import type { DraftTask } from './tasks.ts';

/** What a file's meaning depends on besides its text. */
export interface ParseContext {
  /** What `~` means. */
  readonly userHome: string;
  /** What `store` may say: the stores that this otto has, and `auto`. */
  readonly stores: readonly string[];
}

interface HeadContext extends ParseContext {
  readonly directory: string;
}

/** What holds where no ottofile says otherwise. */
export const DEFAULT_RETENTION: Retention = {
  keepDays: 30,
  keepLast: 10,
  keepFailedDays: 60,
  autoPrune: true,
};

/** The `otto:` section; its default tasks have not been looked up yet. */
export interface Head extends Omit<Ottofile, 'path' | 'directory' | 'tasks' | 'defaults'> {
  readonly defaultNames: readonly TextAt[];
  /** For tasks that do not say. */
  readonly fresh: Freshness;
  readonly dotenv: readonly Located[];
}

/** The `otto:` section, and what holds when it does not say. */
export function readHead(reading: Reading, entry: MapEntry | undefined, context: HeadContext): Head {
  const entries =
    (entry && sectionEntries(reading, entry, { owner: '"otto"' })) ?? new Map<string, MapEntry>();
  const place = { ...reading, owner: '"otto"', otherKeys: ['retention'], elsewhere: topLevelHint };
  const head = readSection(place, entries, OTTO_SECTION);
  return {
    project: head.name?.text || basename(context.directory) || 'root',
    about: head.about?.text ?? null,
    jobs: head.jobs ?? null,
    home: head.home ? homePath(reading.source, head.home, context) : null,
    store: head.store ? checkedStore(reading.source, head.store, context.stores) : null,
    memoryBytes: head.memory ?? null,
    retention: readRetention(reading, entries.get('retention')),
    defaultNames: head.tasks ?? [],
    envs: head.envs ?? [],
    bash: head.bash ? programPath(head.bash.text, context) : null,
    bashAt: head.bash ? reading.source.place(head.bash.offset) : null,
    fresh: head.fresh ?? 'mtime',
    dotenv: head.dotenv ?? [],
  };
}

const topLevelHint = (key: string): string | undefined =>
  key === 'include' ? 'it stands at the top level, beside "otto:"' : undefined;

/** No variable stands for anything here: it is needed where none has been worked out. */
function homePath(source: Source, { text, offset }: TextAt, { directory, userHome }: HeadContext): string {
  if (text.includes('$'))
    source.warn(offset, `"home" has no variables: the "$" is a part of the path`, '"~" is your home');
  return resolve(directory, expandHome(text, userHome));
}

/** A name without `/` is looked for in PATH. */
function programPath(text: string, { directory, userHome }: HeadContext): string {
  const path = expandHome(text, userHome);
  return path.includes('/') ? resolve(directory, path) : path;
}

function readRetention(reading: Reading, entry: MapEntry | undefined): Retention {
  const entries = entry && sectionEntries(reading, entry, { owner: '"retention"' });
  if (!entries) return DEFAULT_RETENTION;
  const values = readSection({ ...reading, owner: '"retention"' }, entries, RETENTION_SECTION);
  return {
    keepDays: values.keep_days ?? DEFAULT_RETENTION.keepDays,
    keepLast: values.keep_last ?? DEFAULT_RETENTION.keepLast,
    keepFailedDays: values.keep_failed ?? DEFAULT_RETENTION.keepFailedDays,
    autoPrune: values.auto_prune ?? DEFAULT_RETENTION.autoPrune,
  };
}

/** `*` stands for every task of the file itself, in its order. */
export function defaultTasks(
  main: Pick<DraftTask, 'source' | 'prefix'>,
  names: readonly TextAt[],
  all: TaskNames,
): TaskName[] {
  const problem = (name: string) => `the default task ${quote(name)} does not exist`;
  const found = names.flatMap((text) =>
    text.text === '*' && !all.tasks.has(text.text as TaskName)
      ? [...all.tasks].flatMap(([name, { prefix }]) => (prefix === main.prefix ? name : []))
      : (knownName(all, main, { text, problem })?.task ?? []),
  );
  return [...new Set(found)];
}
