import type { Progress } from '../data/broker/broker.ts';
import { columns, cutToColumns } from './columns.ts';
import { shownName } from './shown-name.ts';
import { durationWords } from './words.ts';

export interface Status {
  readonly done: number;
  readonly total: number;
  readonly failed: number;
  /** In the order in which they started, each with what it says of its progress. */
  readonly running: readonly string[];
  readonly elapsedMs: number;
}

/** On less there is no line. */
const NARROWEST = 16;
const ELLIPSIS = '...';

/** So much of what a task says is shown. */
const PROGRESS_COLUMNS = 40;

/** ` 30/100 text`, to stand behind a task's name. */
export function progressWords({ done, total, text }: Progress): string {
  const count = total === null ? `${done}` : `${done}/${total}`;
  return ` ${count}${text === '' ? '' : ` ${cutToColumns(text, PROGRESS_COLUMNS)}`}`;
}

/** `[12/40] 5s  build, test +3` within so many columns; empty when they are too few. */
export function statusText(status: Status, width: number): string {
  if (width < NARROWEST) return '';
  const { done, total, failed, elapsedMs } = status;
  const head = `[${done}/${total}${failed > 0 ? `, ${failed} failed` : ''}] ${elapsedWords(elapsedMs)}`;
  if (columns(head) > width) return cutToColumns(`[${done}/${total}]`, width);
  const room = width - columns(head) - 2;
  const names = runningWords(status.running, room);
  return names === '' ? head : `${head}  ${names}`;
}

/** As many names as there is room for, and how many more there are; at least the beginning of the first. */
function runningWords(running: readonly string[], room: number): string {
  let text = '';
  for (const [at, name] of running.entries()) {
    const rest = running.length - at - 1;
    const longer = `${text === '' ? '' : `${text}, `}${shownName(name)}`;
    if (columns(longer) + columns(moreWords(rest)) > room)
      return text === ''
        ? cutName(shownName(name), rest, room)
        : text + fitting(moreWords(rest + 1), room - columns(text));
    text = longer;
  }
  return text;
}

function cutName(name: string, rest: number, room: number): string {
  const more = moreWords(rest);
  const left = room - ELLIPSIS.length - more.length;
  return left < 4 ? fitting(`${running(rest + 1)}`, room) : `${cutToColumns(name, left)}${ELLIPSIS}${more}`;
}

const running = (count: number): string => `${count} running`;
const moreWords = (count: number): string => (count === 0 ? '' : ` +${count}`);
const fitting = (text: string, room: number): string => (text.length <= room ? text : '');

/** Whole seconds: it changes once a second. */
function elapsedWords(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return seconds < 60 ? `${seconds}s` : durationWords(seconds * 1000);
}
