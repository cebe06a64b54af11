import type { TaskName } from '../base/task-name.ts';

/** Something about a task's values that its author should know: it would otherwise be a surprise. */
export type DataNotice =
  | { readonly kind: 'value-has-nul'; readonly key: string }
  | {
      readonly kind: 'value-too-large-for-bash';
      readonly key: string;
      readonly bytes: number;
      readonly limit: number;
    }
  | { readonly kind: 'ambiguous-key'; readonly key: string; readonly tasks: readonly TaskName[] };
