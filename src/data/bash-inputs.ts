import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../base/io-failure.ts';
import type { TaskName } from '../base/task-name.ts';
import { inputUse } from './bash-reads.ts';
import { writeChunks } from './chunk-file.ts';
import { bytesOf } from './entry-bytes.ts';
import { type InputKey, readsByCommand } from './input-keys.ts';
import { bashBuiltinsPath } from './installation.ts';
import type { DataNotice } from './notice.ts';
import type { Reach } from './reach.ts';
import { type Entry, MAX_BASH_VARIABLE_BYTES } from './value.ts';

/** In `refs`, in place of a path. */
const OF_REGION = '';
const OF_SOCKET = '@';

/** What a bash task is given before it starts. */
export interface BashInputs {
  readonly spool: string;
  /** Keys in the order of their tasks, without those that another one hides. */
  readonly keys: readonly InputKey[];
  readonly scriptText: string;
  /** How this task gets those values of another one that no variable holds. */
  readonly reach: (task: TaskName) => Reach;
  /** Whether bash is likely to have the builtins that load values by name; when they are installed, if not given. */
  readonly builtinsRead?: boolean;
}

/**
 * Writes `vars`, `names` and `refs` (docs/task-protocol.md, section 3), each only when something stands in it. Returns a notice for
 * each value that INPUT cannot hold and that the script does not visibly read in another way.
 */
export async function writeBashInputs(inputs: BashInputs): Promise<DataNotice[]> {
  if (inputs.keys.length === 0) return [];
  const names = new Refs(inputs, 'names');
  const refs = new Refs(inputs, 'refs');
  const vars = await firstOf(varsOf(inputs, names, refs));
  if (vars !== null) await writeChunks(join(inputs.spool, 'vars'), vars);
  names.write();
  refs.write();
  return refs.notices;
}

/**
 * `full-key NUL value NUL` for each value that INPUT is to hold and can hold; the others go to `refs`. Where bash loads values
 * itself they go to `names`, but for those that bash sees otherwise than they are.
 */
async function* varsOf(inputs: BashInputs, names: Refs, refs: Refs): AsyncGenerator<Uint8Array> {
  const { keys, scriptText } = inputs;
  const use = inputUse(scriptText);
  for (const key of keys) {
    const { entry } = key;
    if (!use.wants(key.fullKey, entry.bytes)) {
      refs.add(key, null);
      continue;
    }
    if (entry.bytes > MAX_BASH_VARIABLE_BYTES) {
      const { bytes } = entry;
      refs.add(key, {
        kind: 'value-too-large-for-bash',
        key: key.fullKey,
        bytes,
        limit: MAX_BASH_VARIABLE_BYTES,
      });
      continue;
    }
    const data = await bytesOf(entry);
    if (data.includes(0)) {
      const isMissed = use.reads(key.fullKey);
      refs.add(key, isMissed ? { kind: 'value-has-nul', key: key.fullKey } : null, data);
      continue;
    }
    const seen = asBashSeesIt(entry, data);
    if (seen === data && inputs.reach(key.task) === 'region' && builtinsRead(inputs))
      names.add(key, null, data);
    else yield Buffer.concat([Buffer.from(`${key.fullKey}\0`), seen, Buffer.from([0])]);
  }
}

const builtinsRead = ({ builtinsRead: given }: BashInputs): boolean => given ?? bashBuiltinsPath() !== null;

function asBashSeesIt(entry: Entry, data: Buffer): Buffer {
  return entry.type === 'json' && data.toString('latin1') === 'null' ? Buffer.alloc(0) : data;
}

/** Values that are not handed over but named, collected in memory: for INPUT, or because only a command can deliver them. */
class Refs {
  readonly notices: DataNotice[] = [];
  #text = '';
  #files = 0;
  readonly #inputs: BashInputs;
  readonly #fileName: 'names' | 'refs';

  constructor(inputs: BashInputs, fileName: 'names' | 'refs') {
    this.#inputs = inputs;
    this.#fileName = fileName;
  }

  /** `notice` tells why INPUT lacks the value; null when the script does not ask for it there. */
  add(key: InputKey, notice: DataNotice | null, data?: Buffer): void {
    this.#text += `${key.fullKey}\0${key.task}\0${key.entry.key}\0${this.#pathOf(key, data)}\0`;
    if (notice !== null && !readsByCommand(this.#inputs.scriptText, key)) this.notices.push(notice);
  }

  write(): void {
    const path = join(this.#inputs.spool, this.#fileName);
    if (this.#text !== '') attempt('write', path, () => writeFileSync(path, this.#text, { mode: 0o600 }));
  }

  #pathOf({ task, entry }: InputKey, data: Buffer | undefined): string {
    const reach = this.#inputs.reach(task);
    if (reach === 'region') return OF_REGION;
    if (entry.source.kind === 'file') return entry.source.path;
    if (reach === 'socket') return OF_SOCKET;
    const bytes = data ?? entry.source.data;
    const path = join(this.#inputs.spool, `input-${++this.#files}`);
    attempt('write', path, () => writeFileSync(path, bytes, { mode: 0o600 }));
    return path;
  }
}

/** The same pieces, or null when there are none. */
async function firstOf(pieces: AsyncGenerator<Uint8Array>): Promise<AsyncIterable<Uint8Array> | null> {
  const first = await pieces.next();
  if (first.done) return null;
  return (async function* () {
    yield first.value;
    yield* pieces;
  })();
}
