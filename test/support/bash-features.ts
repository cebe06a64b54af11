// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are bash's

export type Version = readonly [number, number];

/** Something of bash that older versions do not have, or have wrong. */
export interface Feature {
  readonly name: string;
  /** The first version that has it. */
  readonly since: Version;
  readonly pattern: RegExp;
  /** Each is found by the pattern. */
  readonly samples: readonly string[];
}

const feature = (name: string, since: Version, pattern: RegExp, ...samples: string[]): Feature => ({
  name,
  since,
  pattern,
  samples,
});

const DECLARE = String.raw`\b(?:declare|local|typeset|readonly|export)(?:\s+-\w+)*\s+-\w*`;
/** In `shopt`, and after `-O` of bash. */
const option = (names: string): RegExp => new RegExp(`\\b(?:${names})\\b`);

export const FEATURES: readonly Feature[] = [
  feature('associative arrays', [4, 0], new RegExp(`${DECLARE}A`), 'declare -A x', 'local -r -gA x=()'),
  feature('case attributes', [4, 0], new RegExp(`${DECLARE}[luc]`), 'declare -l x', 'local -u x'),
  feature('case conversion', [4, 0], /\$\{\w+(?:\[[^\]]*\])?(?:\^|,)/, '${x^^}', '${x,}', '${a[0],,}'),
  feature('mapfile', [4, 0], /\b(?:mapfile|readarray)\b/, 'mapfile -t a', 'readarray a'),
  feature('coproc', [4, 0], /\bcoproc\b/, 'coproc cat'),
  feature('redirections of both streams', [4, 0], /\|&|&>>/, 'a |& b', 'a &>> b'),
  feature('case that goes on', [4, 0], /;;?&/, 'a) b ;&', 'a) b ;;&'),
  feature('BASHPID', [4, 0], /\bBASHPID\b/, '$BASHPID', '${BASHPID}'),
  feature('ranges with steps or zeros', [4, 0], /\{-?\d+\.\.-?\d+\.\.|\{0\d+\.\./, '{1..9..2}', '{01..10}'),
  feature(
    'read -i, and parts of seconds',
    [4, 0],
    /\bread\b[^;|&\n]*\s-\w*(?:i\b|t\s*\d*\.)/,
    'read -i x y',
    'read -r -t 0.5 x',
    'read -t .5',
  ),
  feature(
    'options of 4.0',
    [4, 0],
    option('globstar|autocd|dirspell|checkjobs|compopt'),
    'shopt -s globstar',
    'compopt -o nospace',
  ),
  feature(
    'sourcing a pipe',
    [4, 0],
    /(?:^|[\s;&|])(?:source|\.)\s+(?:<\(|\/dev\/stdin)/m,
    'source <(otto)',
    '. /dev/stdin',
  ),
  feature(
    'patterns of case in a substitution',
    [4, 0],
    /\$\((?!\()[^()]*\bcase\b[^()]*\bin\b\s*[^()\s][^()]*\)/,
    'x=$(case $y in a) b ;; esac)',
  ),
  feature(
    'quotes in comments of a substitution',
    [4, 0],
    /\$\((?!\()[^()]*\s#[^()\n]*['"]/,
    "x=$(a\n # it's\n b)",
  ),
  feature('chosen descriptors', [4, 1], /\{\w+\}(?:<|>)/, 'exec {fd}<x', 'a {log}>>b'),
  feature(
    'printf -v into an element',
    [4, 1],
    /\bprintf\s+-v\s*["']?[\w${}]+\[/,
    'printf -v a[1] x',
    'printf -v "a[$i]" x',
  ),
  feature('read -N', [4, 1], /\bread\b[^;|&\n]*\s-\w*N/, 'read -N 1 x', 'read -rN1'),
  feature('variables of 4.1', [4, 1], /\b(?:BASH_XTRACEFD|BASHOPTS)\b/, '$BASHOPTS', 'BASH_XTRACEFD=2'),
  feature(
    '-v of test',
    [4, 2],
    /(?:\[\[?|\btest)\s(?:[^\]\n]*\s)?!?\s*-v\s/,
    '[[ -v x ]]',
    '[ -v x ]',
    '[[ $a && -v x ]]',
  ),
  feature('declare -g', [4, 2], new RegExp(`${DECLARE}g`), 'declare -g x', 'declare -ga x'),
  feature('characters by number', [4, 2], /\$'[^']*\\[uU][\da-fA-F]/, "$'\\u00e9'", "$'\\U1f600'"),
  feature('dates of printf', [4, 2], /%\([^)]*\)T/, 'printf "%(%s)T" -1'),
  feature('lengths that count from the end', [4, 2], /\$\{\w+:[^}:]*:\s*-\d/, '${x:0:-1}', '${x:1: -2}'),
  feature('lastpipe', [4, 2], option('lastpipe|direxpand'), 'shopt -s lastpipe'),
  feature('indexes that count from the end', [4, 3], /\w\[-\d+\]/, '${a[-1]}', 'a[-1]=x', "unset 'a[-1]'"),
  feature('namerefs', [4, 3], new RegExp(`${DECLARE}n`), 'declare -n x=y', 'local -n x=$1'),
  feature('wait -n', [4, 3], /\bwait\s+(?:-\w+\s+)*-\w*n/, 'wait -n', 'wait -fn'),
  feature('-R of test', [4, 3], /\[\[?\s(?:!\s)?-R\s/, '[[ -R x ]]'),
  feature(
    'quotes in replacements',
    [4, 3],
    /\$\{\w+\/[^}\n]*\/[^}\n]*\\?['"][^}\n]*\}/,
    "${x//a/\\'}",
    '${x/a/"b"}',
  ),
  feature('@ operators', [4, 4], /\$\{[^}\n]*@[A-Za-z]\}/, '${x@Q}', '${a[@]@K}'),
  feature('local -', [4, 4], /\blocal\s+-(?=\s|;|$)/m, 'local -\n', 'local -; set +u'),
  feature('mapfile -d', [4, 4], /\b(?:mapfile|readarray)\b[^;|&\n]*\s-\w*d/, "mapfile -t -d '' a"),
  feature(
    'an array that may be empty under set -u',
    [4, 4],
    /"\$\{(?!FUNCNAME|BASH_SOURCE|BASH_LINENO)\w+\[[@*]\]\}"(?!\})/,
    '"${a[@]}"',
    'x "${a[*]}"',
  ),
  feature('options of 4.4', [4, 4], option('inherit_errexit|PS0'), 'shopt -s inherit_errexit'),
  feature('clocks', [5, 0], /\bEPOCH(?:SECONDS|REALTIME)\b|\bBASH_ARGV0\b/, '$EPOCHREALTIME', 'BASH_ARGV0=x'),
  feature(
    'options of 5.0',
    [5, 0],
    option('assoc_expand_once|localvar_inherit|localvar_unset'),
    'shopt -s localvar_inherit',
  ),
  feature('wait -f', [5, 0], /\bwait\s+(?:-\w+\s+)*-\w*f/, 'wait -f $!'),
  feature('SRANDOM', [5, 1], /\bSRANDOM\b/, '$SRANDOM'),
  feature('wait -p', [5, 1], /\bwait\s+(?:-\w+\s+)*-\w*p/, 'wait -p x', 'wait -n -p x'),
  feature('declare -I', [5, 1], new RegExp(`${DECLARE}I`), 'local -I x'),
  feature(
    'options of 5.2',
    [5, 2],
    option('patsub_replacement|varredir_close|globskipdots|noexpand_translation'),
    'shopt -u patsub_replacement',
  ),
  feature('substitutions without a subshell', [5, 3], /\$\{[\s|]/, '${ x; }', '${| x; }'),
  feature('variables of 5.3', [5, 3], /\b(?:GLOBSORT|BASH_MONOSECONDS|BASH_TRAPSIG)\b/, 'GLOBSORT=name'),
  feature(
    'options of 5.3',
    [5, 3],
    /\btrap\s+-P\b|\bread\b[^;|&\n]*\s-\w*E|\bcompgen\s+-V|\bsource\s+-p/,
    'trap -P EXIT',
    'read -E x',
    'compgen -V a -b',
    'source -p x y',
  ),
];

const isBefore = ([major, minor]: Version, [since, sinceMinor]: Version): boolean =>
  major < since || (major === since && minor < sinceMinor);

/** Names what the text uses that a bash of the version does not have. Branches that ask for a newer one may use what that has. */
export function newerFeatures(text: string, floor: Version): string[] {
  const { rest, branches } = splitAtGuards(text.replace(/^\s*#.*$/gm, ''));
  return [
    ...FEATURES.filter(({ since, pattern }) => isBefore(floor, since) && pattern.test(rest)).map(
      ({ name }) => name,
    ),
    ...branches.flatMap((branch) => newerFeatures(branch.text, branch.version)),
  ];
}

const GUARD =
  /^( *)if \(\(BASH_VERSINFO\[0\] (?:>= (\d)|> (\d) \|\| BASH_VERSINFO\[1\] >= (\d))\)\); then\n([\s\S]*?)\n\1(?=else|fi)/gm;

function splitAtGuards(text: string): { rest: string; branches: { text: string; version: Version }[] } {
  const branches: { text: string; version: Version }[] = [];
  const rest = text.replace(GUARD, (_all, _indent, atLeast, above, minor, branch) => {
    branches.push({ text: branch, version: [Number(atLeast ?? above), Number(minor ?? 0)] });
    return '';
  });
  return { rest, branches };
}
