import { err, ok, type Result } from '../base/result.ts';
import { isMisfit, mustBeGiven, type ParamValue, type ParamValues, valueFor } from '../graph/param-value.ts';
import type { ParamDefinition, TaskDefinition } from '../ottofile/model.ts';
import { type OptionInWord, OptionWords } from './option-words.ts';
import { misfitWords, SERIAL, unknownTaskOption, valueMissing } from './task-problems.ts';
import type { UsageFailure } from './usage.ts';

/** What the words behind a task say. */
export interface TaskArguments {
  readonly given: ParamValues;
  /** `--Serial` */
  readonly serial: boolean;
  /** Where the words go on that are not this task's. */
  readonly next: number;
}

type Read<T> = Result<T, UsageFailure>;

/** Reads the words of one task, from `start` on, by its params. Null: its help is asked for. */
export function readArguments(
  task: TaskDefinition,
  words: readonly string[],
  start: number,
): Read<TaskArguments | null> {
  return new Reading(task, words, start).read();
}

/** How many values a positional takes. */
const mostOf = ({ nargs }: ParamDefinition): number => nargs?.max ?? 1;
const leastOf = (param: ParamDefinition): number => (mustBeGiven(param) ? (param.nargs?.min ?? 1) : 0);

class Reading {
  readonly #task: TaskDefinition;
  readonly #words: readonly string[];
  #at: number;
  readonly #options: OptionWords;
  readonly #positionals: readonly ParamDefinition[];
  /** What options were given. */
  readonly #texts = new Map<ParamDefinition, readonly string[]>();
  readonly #values: string[] = [];
  #serial = false;

  constructor(task: TaskDefinition, words: readonly string[], start: number) {
    this.#task = task;
    this.#words = words;
    this.#at = start;
    this.#options = new OptionWords(task.params);
    this.#positionals = task.params.filter(({ kind }) => kind === 'positional');
  }

  read(): Read<TaskArguments | null> {
    const most = this.#positionals.reduce((sum, param) => sum + mostOf(param), 0);
    let optionsEnded = false;
    for (;;) {
      const word = this.#words[this.#at];
      if (word === undefined) break;
      if (!optionsEnded && word === '--') {
        optionsEnded = true;
        this.#at++;
      } else if (!optionsEnded && this.#options.isOption(word)) {
        this.#at++;
        const found = this.#takeOptions(word);
        if (found !== 'read') return found;
      } else if (this.#values.length < most) {
        this.#values.push(word);
        this.#at++;
      } else break;
    }
    return this.#finish();
  }

  /** `read`, or what the reading ends with. */
  #takeOptions(word: string): 'read' | Read<null> {
    for (const option of this.#options.read(word)) {
      const { spelling, param, value } = option;
      if (param === undefined) {
        if (spelling === '--help' || spelling === '-h') return ok(null);
        if (spelling !== SERIAL || value !== undefined || this.#task.foreach === null)
          return err(unknownTaskOption(this.#task, spelling));
        this.#serial = true;
      } else {
        const problem = this.#takeOption(param, option);
        if (problem !== null) return err(problem);
      }
    }
    return 'read';
  }

  #takeOption(param: ParamDefinition, { value }: OptionInWord): UsageFailure | null {
    if (param.kind === 'flag') {
      this.#texts.set(param, [value ?? String(param.default !== 'true')]);
    } else if (param.nargs !== null) {
      const before = this.#texts.get(param) ?? [];
      const room = param.nargs.max - before.length;
      // A list that is full already takes what it can anew: the words are not those of another param.
      const more = value === undefined ? this.#takeValues(room > 0 ? room : param.nargs.max) : [value];
      this.#texts.set(param, before.concat(more));
    } else {
      const [text] = value === undefined ? this.#takeValues(1) : [value];
      if (text === undefined) return valueMissing(this.#task, param, this.#words[this.#at]);
      this.#texts.set(param, [text]);
    }
    return null;
  }

  /** The words up to the next option, but at most `most`. */
  #takeValues(most: number): readonly string[] {
    const start = this.#at;
    let end = start;
    while (end < this.#words.length && end - start < most && this.#isValue(this.#words[end] ?? '')) end++;
    this.#at = end;
    return this.#words.slice(start, end);
  }

  #isValue(word: string): boolean {
    return !this.#options.isOption(word);
  }

  #finish(): Read<TaskArguments> {
    this.#shareOut();
    const given = new Map<string, ParamValue>();
    for (const param of this.#task.params) {
      const texts = this.#texts.get(param);
      if (texts === undefined) continue;
      const value = valueFor(param, texts);
      if (isMisfit(value)) return err(misfitWords({ task: this.#task.name, param }, value));
      given.set(param.name, value);
    }
    return ok({ given, serial: this.#serial, next: this.#at });
  }

  /** Gives each positional as many values as it takes, but leaves those behind it the least that they need. */
  #shareOut(): void {
    let needed = this.#positionals.reduce((sum, param) => sum + leastOf(param), 0);
    let at = 0;
    for (const param of this.#positionals) {
      needed -= leastOf(param);
      const spare = this.#values.length - at - needed;
      const end = at + Math.min(mostOf(param), Math.max(leastOf(param), spare));
      if (end > at && at < this.#values.length) this.#texts.set(param, this.#values.slice(at, end));
      at = Math.min(end, this.#values.length);
    }
  }
}
