import type { OptionSpecs } from '../options.ts';

const TIME_OPTIONS: OptionSpecs = {
  since: {
    value: 'TIME',
    help: 'only runs that began then or later: 7d, 2h, 30m, or a date, in UTC: 2026-11-20',
  },
  until: { value: 'TIME', help: 'only runs that began before; a date without a time counts to its end' },
};

/** Options of `otto history`, besides those of every command on an ottofile. */
export const HISTORY_OPTIONS: OptionSpecs = {
  json: { help: 'as JSON, for programs' },
  number: { short: 'n', value: 'N', help: 'show at most N runs (20)' },
  all: { help: 'runs of all projects' },
  failed: { help: 'only runs that did not succeed' },
  result: { value: 'RESULT', help: 'only runs that are succeeded, failed, interrupted or running' },
  task: { value: 'TASK', help: 'only runs with this task' },
  ...TIME_OPTIONS,
  stdout: { help: 'of RUN TASK: what it wrote to stdout, byte for byte' },
  stderr: { help: 'of RUN TASK: what it wrote to stderr' },
  log: { help: 'of RUN TASK: both, stdout first' },
  attempt: { value: 'N', help: 'with these: of attempt N, from 1, of a task with retries (the last)' },
};

/** Options of `otto stats`. */
export const STATS_OPTIONS: OptionSpecs = {
  json: { help: 'as JSON, for programs' },
  all: { help: 'runs of all projects' },
  ...TIME_OPTIONS,
};

/** Options of `otto data`. */
export const DATA_OPTIONS: OptionSpecs = {
  json: { help: 'list, check: as JSON, for programs; get: the value as JSON text' },
  force: { help: 'get: bytes to a terminal, too; export: replace files' },
  all: { help: 'look for the run in all projects' },
};

/** Options of `otto clean`; they override the ottofile's otto.retention. */
export const CLEAN_OPTIONS: OptionSpecs = {
  'keep-days': { value: 'N', help: 'keep runs of the last N days' },
  'keep-last': { value: 'N', help: 'keep the newest N runs' },
  'keep-failed': { value: 'N', help: 'keep runs that did not succeed for N days' },
  all: { help: 'remove every run that has ended' },
  'dry-run': { help: 'only show what would be removed' },
};
