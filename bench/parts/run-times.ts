import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunJson } from '../../src/run/run-json.ts';

/** The newest run of the only project that has left anything in `home`. */
export function latestRun(home: string): string {
  const projects = readdirSync(home, { withFileTypes: true }).filter((entry) =>
    /-[0-9a-f]{8}$/.test(entry.name),
  );
  return join(home, projects[0]?.name ?? '', 'latest');
}

/** From the first task's start to the last one's end. */
export function taskSpanSeconds(run: string): number {
  const { tasks } = JSON.parse(readFileSync(join(run, 'run.json'), 'utf8')) as Pick<RunJson, 'tasks'>;
  const starts = tasks.map(({ startedAt }) => Date.parse(startedAt ?? ''));
  const ends = tasks.map(({ durationMs }, index) => (starts[index] as number) + (durationMs ?? Number.NaN));
  return (Math.max(...ends) - Math.min(...starts)) / 1000;
}
