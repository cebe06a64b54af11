// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are bash's
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SCRIPTS } from '../../src/cli/completion/scripts.ts';
import { FEATURES, newerFeatures, type Version } from '../support/bash-features.ts';

const CLIENTS = join(import.meta.dirname, '../../clients/bash');
const OLDEST: Version = [3, 2];
const WITH_ARRAYS: Version = [4, 0];
const FLOORS: Readonly<Record<string, Version>> = {
  'exported.sh': OLDEST,
  'params.sh': OLDEST,
  'prologue.sh': OLDEST,
  'prologue3.sh': OLDEST,
  'prologue4.sh': WITH_ARRAYS,
  'trap.sh': OLDEST,
  'values.sh': OLDEST,
};

test.each(
  FEATURES.flatMap(({ name, pattern, samples }) => samples.map((sample) => [name, sample, pattern] as const)),
)('%s are found: %s', (_, sample, pattern) => expect(sample).toMatch(pattern));

test('what every version has is not taken for newer', () => {
  const old = [
    'local LC_ALL=C x=${1-} y',
    'declare -F exit >/dev/null; declare -p x; declare -ft trap; local -ai a=()',
    '"${a[@]+"${a[@]}"}" "${#a[@]}" "${!a[@]}" "$@"',
    'read -r -d "" x; read -t 5 x; IFS= builtin read -r -a x',
    'printf -v x %q y; printf "%s" "${x//$a/$b}" "${x:0:2}" "${x: -1}" "${x:-1}"',
    'a &>b; c 2>&1 | d; e && f; {1..31}; x=$((1 + 2)); case x in a) ;; esac',
    'x=$(f "$y") || exit; [[ $x && $y != *[!0-9]* ]]; [ ! -e x ]; wait $!; wait',
    "x=$'\\n' y=$'\\x41'; while IFS= read -r l; do a+=(\"$l\"); done < <(b)",
    '${x%%@*} ${x#*@}; echo "${x/#\\~/$HOME}"',
  ];
  expect(old.map((text) => newerFeatures(text, OLDEST))).toEqual(old.map(() => []));
});

test('a branch that asks for the version may use what that has, and no more', () => {
  const guarded = (condition: string, text: string) =>
    `if ((${condition})); then\n  ${text}\nelse\n  :\nfi\n`;
  expect(newerFeatures(guarded('BASH_VERSINFO[0] >= 4', 'mapfile x'), OLDEST)).toEqual([]);
  expect(newerFeatures(guarded('BASH_VERSINFO[0] >= 4', 'declare -g x'), OLDEST)).toEqual(['declare -g']);
  const at44 = 'BASH_VERSINFO[0] > 4 || BASH_VERSINFO[1] >= 4';
  expect(newerFeatures(guarded(at44, 'local -\n  x=${y@a}'), WITH_ARRAYS)).toEqual([]);
  expect(newerFeatures(`${guarded(at44, ':')}local -\n`, WITH_ARRAYS)).toEqual(['local -']);
});

test('each client uses what its oldest bash has', () => {
  expect(readdirSync(CLIENTS).sort()).toEqual(Object.keys(FLOORS));
  const found = Object.entries(FLOORS).flatMap(([file, floor]) =>
    newerFeatures(readFileSync(join(CLIENTS, file), 'utf8'), floor).map((name) => `${file}: ${name}`),
  );
  expect(found).toEqual([]);
});

test('so does the completion for bash', () => {
  expect(newerFeatures(SCRIPTS.bash, OLDEST)).toEqual([]);
});
