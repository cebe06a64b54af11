import type { StoreName } from '../../data/store.ts';
import { counted, given, heldValue, repeated, type TaskText, type Way } from '../way.ts';
import { CAT, CAT_IN_MEMORY, JQ, REDIS_CLI, SOCAT, SQLITE3 } from './hands.ts';
import { LIMITS } from './limits.ts';

type StorePlan = Pick<Way, 'title' | 'byHand'> & { readonly name: StoreName };

/** Scripts do not know the store: the same two tasks measure all of them. */
const store = (plan: StorePlan): Way => {
  const way: Way = {
    ...plan,
    kind: 'store',
    store: plan.name,
    language: 'bash',
    make: (load) => ({
      script: `${heldValue(load)}stamp\n${repeated(load, given(load, 'otto.set "k$n" "$value"', 'otto.set "k$n" -'))}\nstamp\n`,
    }),
    use: (load) => ({ script: `stamp\n${counted(repeated(load, 'otto.get "make.k$n"'))}` }),
    traits: LIMITS[plan.name],
    inLanguages: [],
  };
  const inLanguages = ([PYTHON, NODE] as const).map((api) => ({
    language: api.language,
    way: { ...way, ...api, byHand: [] },
  }));
  return { ...way, inLanguages };
};

type Api = Pick<Way, 'language' | 'make' | 'use'>;
const script = (text: string): TaskText => ({ script: text });

/** Both times are taken before either is written: to write them takes as long as some calls. */
const PYTHON: Api = {
  language: 'python',
  make: ({ values }) =>
    script(`import os
value = open(os.environ["BENCH_VALUE"]).read()
begin = now()
for n in range(${values}):
    OUTPUT[f"k{n}"] = value
stamps(begin, now())
`),
  use: ({ values }) =>
    script(`import os
count = 0
begin = now()
for n in range(${values}):
    count += len(INPUT[f"make.k{n}"])
stamps(begin, now())
open(os.environ["BENCH_COUNT"], "w").write(str(count))
`),
};
const NODE: Api = {
  language: 'node',
  make: ({ values }) =>
    script(`const { readFileSync } = require('node:fs');
const value = readFileSync(process.env.BENCH_VALUE, 'utf8');
const begin = now();
for (let n = 0; n < ${values}; n++) OUTPUT['k' + n] = value;
stamps(begin, now());
`),
  use: ({ values }) =>
    script(`const { writeFileSync } = require('node:fs');
let count = 0;
const begin = now();
for (let n = 0; n < ${values}; n++) count += INPUT['make.k' + n].length;
stamps(begin, now());
writeFileSync(process.env.BENCH_COUNT, String(count));
`),
};

export const STORE_WAYS: readonly Way[] = [
  store({ name: 'files', title: 'files (default)', byHand: [CAT, JQ] }),
  store({ name: 'shm', title: 'shared memory (--fast)', byHand: [CAT_IN_MEMORY] }),
  store({ name: 'socket', title: 'Unix socket', byHand: [SOCAT] }),
  store({ name: 'sqlite', title: 'SQLite', byHand: [SQLITE3] }),
  store({ name: 'redis', title: 'Redis', byHand: [REDIS_CLI] }),
];
