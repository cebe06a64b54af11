import type { RigResult, TaskRig } from './task-rig.ts';

export const LANGUAGES = ['bash', 'python', 'node'] as const;
/** One reader for each language. */
export const READER_COUNT: number = LANGUAGES.length;

/** What a group of tests is given: rigs of the store under test, and the way to end one. */
export interface Scenario {
  newRig(): TaskRig;
  /** Ends the rig's run and keeps the JSON of these tasks for the comparison of the stores. */
  finish(rig: TaskRig, group: string, tasks: readonly string[]): Promise<void>;
}

/** What a task printed, without the last newline. */
export const linesOf = ({ stdout }: RigResult): string[] => stdout.toString().trimEnd().split('\n');
