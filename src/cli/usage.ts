import type { Failure } from '../base/failure.ts';

export type UsageFailure = Extract<Failure, { kind: 'usage' }>;

export function usage(message: string, hint?: string): UsageFailure {
  return hint === undefined ? { kind: 'usage', message } : { kind: 'usage', message, hint };
}
