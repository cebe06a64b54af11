import { Document, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import type { Leftover } from './model.ts';
import type { Task } from './tasks.ts';

/** What the ottofile holds. */
export interface Content {
  readonly head: string;
  readonly defaults: readonly string[];
  readonly jobs: number | null;
  readonly envs: ReadonlyMap<string, string>;
  /** Variables that stand in scripts as their text. */
  readonly pasted: readonly string[];
  readonly tasks: readonly Task[];
  readonly leftovers: readonly Leftover[];
}

/** The ottofile as text. */
export function written(content: Content): string {
  const document = new Document(new YAMLMap());
  const root = document.contents as unknown as YAMLMap;
  document.commentBefore = commentText(content.head);
  const section = sectionOf(content);
  if (section.items.length > 0) root.items.push(pair('otto', section));
  const tasks = new YAMLMap();
  const left = [...content.leftovers];
  for (const task of content.tasks) {
    const before = take(left, ({ file, line }) => file === task.at.file && line < task.at.line);
    const item = pair(task.name, taskMap(task));
    const comment = [...before.map(leftoverText), task.comment].filter((text) => text !== '').join('\n');
    if (comment !== '') (item.key as Scalar).commentBefore = commentText(comment);
    (item.key as Scalar).spaceBefore = tasks.items.length > 0 && comment !== '';
    tasks.items.push(item);
  }
  root.items.push(pair('tasks', tasks));
  if (left.length > 0) document.comment = commentText(left.map(leftoverText).join('\n'));
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

function take<T>(list: T[], fits: (item: T) => boolean): T[] {
  const taken = list.filter(fits);
  list.splice(0, list.length, ...list.filter((item) => !taken.includes(item)));
  return taken;
}

const leftoverText = ({ file, line, text }: Leftover): string => `not converted, ${file}:${line}:\n${text}`;

/** Control characters would end the comment, or the file. */
const commentText = (text: string): string =>
  text
    .split('\n')
    .map((line) =>
      ` ${line
        .replace(/^ /, '')
        .replaceAll('\t', '  ')
        .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, ' ')}`.trimEnd(),
    )
    .map((line) => (line === '' ? ' ' : line))
    .join('\n');

function sectionOf({ defaults, jobs, envs, pasted }: Content): YAMLMap {
  const section = new YAMLMap();
  if (defaults.length > 0) section.items.push(pair('tasks', list(defaults)));
  if (jobs !== null) section.items.push(pair('jobs', new Scalar(jobs)));
  if (envs.size > 0) section.items.push(pair('envs', textMap(envs)));
  if (pasted.length > 0)
    section.comment = commentText(
      `pasted into the scripts, because they hold more than words: ${pasted.join(', ')}`,
    );
  return section;
}

function taskMap({ help, before, input, output, envs, script }: Task): YAMLMap {
  const map = new YAMLMap();
  if (help) map.items.push(pair('help', text(help)));
  if (before.length > 0) map.items.push(pair('before', list(before)));
  if (input.length > 0) map.items.push(pair('input', list(input.map(globText))));
  if (output.length > 0) map.items.push(pair('output', list(output.map(pathText))));
  if (envs.size > 0) map.items.push(pair('envs', textMap(envs)));
  if (script !== null) map.items.push(pair('bash', scriptNode(script)));
  if (map.items.length === 0) map.items.push(pair('before', list([])));
  return map;
}

const pair = (key: string, value: unknown): Pair => new Pair(text(key), value);
const text = (value: string): Scalar => new Scalar(value);

function list(values: readonly string[]): YAMLSeq {
  const seq = new YAMLSeq();
  seq.flow = values.join(', ').length < 90;
  for (const value of values) seq.items.push(text(value));
  return seq;
}

function textMap(values: ReadonlyMap<string, string>): YAMLMap {
  const map = new YAMLMap();
  for (const [key, value] of values) map.items.push(pair(key, text(value)));
  return map;
}

/** One command stands behind the key, several below it. */
function scriptNode(script: string): Scalar {
  const isShort = script.indexOf('\n') === script.length - 1;
  const node = text(isShort ? script.trimEnd() : script);
  if (!isShort) node.type = Scalar.BLOCK_LITERAL;
  return node;
}

/** A name as a pattern that fits nothing else. */
const pathText = (name: string): string =>
  name
    .replace(/[\\*?[\]{}()!+@]/g, (character) => (/[+@]/.test(character) ? character : `\\${character}`))
    .replaceAll('$', '?');

/** Prerequisites of make are patterns already. */
const globText = (name: string): string => (/[*?]/.test(name) ? name.replaceAll('$', '?') : pathText(name));
