import { loadTask } from './task.ts';

/** The params of the task as properties of globalThis; a script may declare variables of the same names. */
export function defineParams(define: (name: string, value: unknown) => void): void {
  if (process.env.OTTO_PARAMS === undefined) return;
  for (const [name, value] of Object.entries(loadTask().params)) define(name, value);
}
