/** The last word of a line in bash, which is being typed. */
export interface TypedWord {
  /** What it means, without quotes. */
  readonly text: string;
  /** The quotation mark that is still open. */
  readonly open: "'" | '"' | '';
  /** Where readline takes the word to begin, since it ends words at more letters: what is before that it keeps. */
  readonly kept: string;
}

const SPECIAL = /[^\p{L}\p{N}_@%+=:,./^-]/gu;

interface Reading {
  text: string;
  open: TypedWord['open'];
  kept: string;
}

/** Splits a command line as bash does, as far as whole words need it: at blanks that are not quoted. Nothing is expanded. */
export function splitLine(
  line: string,
  breaks: string,
): { readonly words: readonly string[]; readonly last: TypedWord } {
  const words: string[] = [];
  let word: Reading | null = null;
  for (let at = 0; at < line.length; at++) {
    const letter = line[at] as string;
    if (word?.open !== "'" && letter === '\\' && at + 1 < line.length) {
      word = add(word, line[++at] as string);
    } else if (word !== null && word.open !== '') {
      if (letter === word.open) word.open = '';
      else word.text += letter;
    } else if (letter === ' ' || letter === '\t' || letter === '\n') {
      if (word !== null) words.push(word.text);
      word = null;
    } else if (letter === "'" || letter === '"') {
      word = { ...(word ?? { text: '', kept: '' }), open: letter };
      word.kept = word.text;
    } else {
      word = add(word, letter);
      if (breaks.includes(letter)) word.kept = word.text;
    }
  }
  return { words, last: word ?? { text: '', open: '', kept: '' } };
}

const add = (word: Reading | null, letter: string): Reading =>
  word === null ? { text: letter, open: '', kept: '' } : { ...word, text: word.text + letter };

/** What readline is to put in the place of the word: without what it keeps, and quoted so that bash reads the text again. */
export function replacement(candidate: string, { open, kept }: TypedWord): string {
  const rest = candidate.slice(kept.length);
  if (open === "'") return rest.replaceAll("'", "'\\''");
  if (open === '"') return rest.replace(/["$`\\]/g, '\\$&');
  return rest.replace(SPECIAL, '\\$&');
}
