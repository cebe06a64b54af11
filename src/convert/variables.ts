import { variableProblem } from '../ottofile/variable-names.ts';
import type { Piece, Place } from './model.ts';

/** A part of a variable's value. */
export type Chunk =
  /** Expanded when it is used. */
  | { readonly raw: string }
  /** Expanded when it was assigned. */
  | { readonly pieces: readonly Piece[] }
  /** What the variable of this name is without this one: `+=` for a target. */
  | { readonly hidden: string };

export interface Variable {
  readonly name: string;
  readonly at: Place;
  readonly chunks: readonly Chunk[];
  /** `?=`: what the environment has wins. */
  readonly optional: boolean;
  /** Set by make, not by the Makefile. */
  readonly predefined: boolean;
  /** `:=` */
  readonly simple: boolean;
}

const NOWHERE: Place = { file: '', line: 0 };

const predefined = (name: string, raw: string): readonly [string, Variable] => [
  name,
  { name, at: NOWHERE, chunks: [{ raw }], optional: !name.includes('.'), predefined: true, simple: false },
];

/** What make knows without a Makefile, as far as Makefiles use it. */
export const PREDEFINED: readonly (readonly [string, Variable])[] = [
  predefined('CC', 'cc'),
  predefined('CXX', 'g++'),
  predefined('CPP', '$(CC) -E'),
  predefined('AR', 'ar'),
  predefined('ARFLAGS', 'rv'),
  predefined('AS', 'as'),
  predefined('LD', 'ld'),
  predefined('FC', 'f77'),
  predefined('RM', 'rm -f'),
  predefined('COMPILE.c', '$(CC) $(CFLAGS) $(CPPFLAGS) $(TARGET_ARCH) -c'),
  predefined('COMPILE.cc', '$(CXX) $(CXXFLAGS) $(CPPFLAGS) $(TARGET_ARCH) -c'),
  predefined('LINK.c', '$(CC) $(CFLAGS) $(CPPFLAGS) $(LDFLAGS) $(TARGET_ARCH)'),
  predefined('LINK.cc', '$(CXX) $(CXXFLAGS) $(CPPFLAGS) $(LDFLAGS) $(TARGET_ARCH)'),
  predefined('LINK.o', '$(CC) $(LDFLAGS) $(TARGET_ARCH)'),
  ['CURDIR', { ...predefined('CURDIR', '$(shell pwd)')[1], optional: false }],
];

/** Variables that programs look at, which a Makefile may well set. */
const FOR_PROGRAMS = /^(?:PATH|HOME|PWD|TMPDIR|LANG(?:UAGE)?|PYTHON\w*|(?:LD|DYLD|LC|NODE|NPM)_\w+)$/;

/** Whether a script can have it under its own name. */
export const canBeEnv = (name: string): boolean => variableProblem(name) === null || FOR_PROGRAMS.test(name);

const ACTIVE = /["'$`\\|&;<>()#~{}!\n\t\r\u0000]/;
const FIRST_WORD =
  /^\s*(?:\w+\+?=|(?:if|then|else|elif|fi|for|while|until|do|done|case|esac|function|time|coproc|select|in|cd|exit|set|export|exec|eval|source|\.)(?:\s|$))/;

/** Whether the shell does the same with the text as with a variable that holds it, outside of quotes. */
export const isPlain = (pieces: readonly Piece[]): boolean =>
  pieces.every((piece) => piece.kind !== 'text' || !ACTIVE.test(piece.text)) &&
  !FIRST_WORD.test(pieces[0]?.kind === 'text' ? pieces[0].text : '');

/** Neighbouring texts become one. */
export function merged(pieces: readonly Piece[]): Piece[] {
  const result: Piece[] = [];
  for (const piece of pieces) {
    const last = result.at(-1);
    if (piece.kind === 'text' && last?.kind === 'text')
      result[result.length - 1] = { kind: 'text', text: last.text + piece.text };
    else if (piece.kind !== 'text' || piece.text !== '') result.push(piece);
  }
  return result;
}

export const text = (value: string): Piece[] => (value === '' ? [] : [{ kind: 'text', text: value }]);
