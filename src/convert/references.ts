/** What `$…` means in a Makefile. */
export type Node =
  | { readonly kind: 'text'; readonly text: string }
  /** `$(NAME)`, `$X`, `$@`: the name may hold references. */
  | { readonly kind: 'reference'; readonly name: string }
  /** `$(NAME:a=b)` */
  | { readonly kind: 'substitution'; readonly name: string; readonly from: string; readonly to: string }
  /** `$(function a,b)` */
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly string[] };

const FUNCTIONS: Readonly<Record<string, number>> = {
  subst: 3,
  patsubst: 3,
  strip: 1,
  findstring: 2,
  filter: 2,
  'filter-out': 2,
  sort: 1,
  word: 2,
  wordlist: 3,
  words: 1,
  firstword: 1,
  lastword: 1,
  dir: 1,
  notdir: 1,
  suffix: 1,
  basename: 1,
  addsuffix: 2,
  addprefix: 2,
  join: 2,
  wildcard: 1,
  realpath: 1,
  abspath: 1,
  if: 3,
  or: 99,
  and: 99,
  foreach: 3,
  file: 2,
  call: 99,
  value: 1,
  eval: 1,
  origin: 1,
  flavor: 1,
  shell: 1,
  error: 1,
  warning: 1,
  info: 1,
  guile: 1,
  let: 3,
  intcmp: 5,
};

/** Takes a text apart. A `$(` that nothing closes is text. */
export function nodesOf(text: string): Node[] {
  const nodes: Node[] = [];
  let plain = '';
  const push = (node: Node): void => {
    if (plain !== '') nodes.push({ kind: 'text', text: plain });
    plain = '';
    nodes.push(node);
  };
  for (let at = 0; at < text.length; at++) {
    const next = text.charAt(at + 1);
    if (text.charAt(at) !== '$' || next === '') plain += text.charAt(at);
    else if (next === '$') {
      plain += '$';
      at++;
    } else if (next === '(' || next === '{') {
      const end = closing(text, at + 1);
      if (end === -1) plain += '$';
      else {
        push(inside(text.slice(at + 2, end)));
        at = end;
      }
    } else {
      push({ kind: 'reference', name: next });
      at++;
    }
  }
  return plain === '' ? nodes : [...nodes, { kind: 'text', text: plain }];
}

/** Where the parenthesis at `from` is closed: only those of its own kind count. */
function closing(text: string, from: number): number {
  const open = text.charAt(from);
  const close = open === '(' ? ')' : '}';
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    if (text.charAt(at) === open) depth++;
    else if (text.charAt(at) === close && --depth === 0) return at;
  }
  return -1;
}

function inside(text: string): Node {
  const [, name = '', rest = ''] = /^([a-z-]+)[ \t\n]+(.*)$/s.exec(text) ?? [];
  const most = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (most !== undefined) return { kind: 'call', name, args: split(rest, ',', most) };
  const [before = '', ...behind] = split(text, ':', 2);
  const [from = '', ...to] = split(behind.join(':'), '=', 2);
  return to.length === 0
    ? { kind: 'reference', name: text }
    : { kind: 'substitution', name: before, from, to: to.join('=') };
}

/** At separators outside of parentheses, into at most so many parts. */
export function split(text: string, separator: string, most: number): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length && parts.length < most - 1; at++) {
    const character = text.charAt(at);
    if (character === '(' || character === '{') depth++;
    else if (character === ')' || character === '}') depth--;
    else if (character === separator && depth === 0) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return [...parts, text.slice(from)];
}
