import { MAX_VARIABLE_BYTES } from '../../data/script-params.ts';
import { counted, given, heldValue, isSmall, type Load, repeated, tooSlow, type Way } from '../way.ts';
import { LIMITS } from './limits.ts';

/** All variables together may take so much, with some room for what is there anyway. */
const ENVIRONMENT_BYTES = 1_500_000;
const NAME_BYTES = 32;

function tooLarge({ bytes, values }: Load): string | null {
  if (bytes + NAME_BYTES > MAX_VARIABLE_BYTES) return 'a variable holds at most 128 KiB with its name';
  return (bytes + NAME_BYTES) * values > ENVIRONMENT_BYTES ? 'all variables together hold about 2 MB' : null;
}

const env: Way = {
  name: 'env',
  kind: 'capture',
  title: 'environment (OTTO_OUT_, OTTO_IN_)',
  store: 'files',
  language: 'bash',
  inLanguages: [],
  make: (load) => ({
    script: `value=$(<"$BENCH_VALUE")\nstamp\n${repeated(load, 'export "OTTO_OUT_k$n=$value"')}\n`,
  }),
  use: (load) => ({
    script: `${counted(repeated(load, 'v=OTTO_IN_MAKE_K$n; printf %s "${!v}"'))}`,
  }),
  refuses: tooLarge,
  byHand: [
    {
      name: 'export, bash',
      programs: [],
      mostValues: 100,
      refuses: tooLarge,
      script: (load) =>
        `value=$(<"$BENCH_VALUE")\nstamp\n${repeated(load, 'export "K$n=$value"')}\n${counted(
          `bash -c '${repeated(load, 'v=K$n; printf %s "${!v}"')}'`,
        )}`,
    },
  ],
  traits: LIMITS.env,
};

const appended = (load: Load): string =>
  isSmall(load)
    ? 'printf "k%s<<EOF\\n%s\\nEOF\\n" "$n" "$value" >> "$OTTO_OUTPUT"'
    : '{ printf "k%s<<EOF\\n" "$n"; cat "$BENCH_VALUE"; printf "\\nEOF\\n"; } >> "$OTTO_OUTPUT"';

const read = (load: Load) => ({ script: counted(repeated(load, 'otto.get "make.k$n"')) });

const outputFile: Way = {
  name: 'output-file',
  kind: 'capture',
  title: 'file of lines ($OTTO_OUTPUT)',
  store: 'files',
  language: 'bash',
  inLanguages: [],
  make: (load) => ({ script: `${heldValue(load)}stamp\n${repeated(load, appended(load))}\n` }),
  use: read,
  byHand: [
    {
      name: 'a line of a file, cut',
      programs: [],
      mostValues: 20,
      addedBytes: 1,
      script: (load) => `${heldValue(load)}stamp
${repeated(load, `{ printf "k%s=" "$n"; ${isSmall(load) ? 'printf "%s\\n" "$value"' : 'cat "$BENCH_VALUE"; echo'}; } >> lines`)}
${counted(repeated(load, 'grep "^k$n=" lines | cut -d = -f 2-'))}`,
    },
  ],
  traits: LIMITS['output-file'],
};

const START = '<OTTO:OUTPUT:k%s>';
const END = '</OTTO:OUTPUT:k%s>\\n';

const marked = (load: Load): string =>
  isSmall(load)
    ? `printf "${START}%s${END}" "$n" "$value" "$n"`
    : `printf "${START}" "$n"; cat "$BENCH_VALUE"; printf "${END}" "$n"`;

const markers: Way = {
  name: 'markers',
  kind: 'capture',
  title: 'markers on stdout',
  store: 'files',
  language: 'bash',
  inLanguages: [],
  make: (load) => ({
    script: `${heldValue(load)}stamp\n${repeated(load, marked(load))}\n`,
    keys: { markers: true },
  }),
  use: read,
  byHand: [
    {
      name: 'tee, then sed',
      refuses: tooSlow,
      programs: [],
      mostValues: 20,
      addedBytes: 1,
      script: (load) => `${heldValue(load)}stamp
{ ${repeated(load, given(load, 'printf "<k%s>%s</k>\\n" "$n" "$value"', 'sed "s:^:<k$n>:; s:$:</k>:"; echo'))}; } | tee log > /dev/null
${counted(repeated(load, 'sed -n "s:^<k$n>\\(.*\\)</k>$:\\1:p" log'))}`,
    },
  ],
  traits: LIMITS.markers,
};

export const CAPTURE_WAYS: readonly Way[] = [env, outputFile, markers];
