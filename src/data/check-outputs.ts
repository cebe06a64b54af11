import { FailureError, type SourcePlace } from '../base/failure.ts';
import type { TaskName } from '../base/task-name.ts';
import { checkOutput, shown } from './check-output.ts';
import { type DeclaredOutputs, type Replacement, typeWords } from './declared-outputs.ts';
import type { Entry } from './value.ts';

/** What checking a task's values came to. */
export interface CheckedOutputs {
  readonly replacements: readonly Replacement[];
  /** What fails the task; what is not as declared is kept as it was left. */
  readonly failure: FailureError | null;
}

/** Compares what a task has set with what its `outputs` declare. All problems are told at once. */
export async function checkOutputs(
  task: TaskName,
  { declarations, at }: DeclaredOutputs,
  entries: readonly Entry[],
): Promise<CheckedOutputs> {
  const problems: { readonly at: SourcePlace; readonly message: string }[] = [];
  const replacements: Replacement[] = [];
  const tell = (place: SourcePlace, words: string): void =>
    void problems.push({ at: place, message: `task ${JSON.stringify(task)} ${words}` });
  const left = new Map(entries.map((entry) => [entry.key, entry]));
  for (const declared of declarations) {
    const { key, type, optional } = declared;
    const entry = left.get(key);
    left.delete(key);
    if (entry === undefined) {
      const isAny = typeof type !== 'string' && type.schema === true;
      const as = isAny ? 'which its "outputs" declare' : `declared as ${typeWords(type)}`;
      if (!optional) tell(declared.at, `has not set ${JSON.stringify(key)}, ${as}`);
      continue;
    }
    const checked = await checkOutput(type, entry);
    if ('problem' in checked) tell(declared.at, checked.problem);
    else if (checked.replacement !== null) replacements.push(checked.replacement);
  }
  for (const entry of left.values())
    tell(
      at,
      `has set ${JSON.stringify(entry.key)} to ${await shown(entry)}, which its "outputs" do not declare`,
    );
  const failure = problems.length === 0 ? null : new FailureError({ kind: 'outputs', task, problems });
  return { replacements, failure };
}
