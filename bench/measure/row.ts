import type { Comparison, Goal, Point, Row, Series } from '../result.ts';
import { type Contender, interleave } from './interleave.ts';
import { compare, summarize } from './statistics.ts';

export interface Against {
  readonly subject: string;
  readonly baseline: string;
  readonly goal?: Goal;
}

export interface RowPlan {
  readonly work: string;
  readonly point?: Point;
  readonly contenders: readonly Contender[];
  /** Names of the series that are otto's. */
  readonly ours: readonly string[];
  readonly against: readonly Against[];
  /** Rivals that are not on this machine, with the reason. */
  readonly absent?: Readonly<Record<string, string>>;
  readonly rounds: number;
}

export async function measureRow(plan: RowPlan): Promise<Row> {
  return rowOf(plan, await interleave(plan.contenders, plan.rounds));
}

export function rowOf(plan: Omit<RowPlan, 'contenders' | 'rounds'>, samples: Map<string, number[]>): Row {
  const measured: Series[] = [...samples].map(([name, values]) => ({
    name,
    ours: plan.ours.includes(name),
    summary: summarize(values),
    samples: values,
  }));
  const absent = Object.entries(plan.absent ?? {}).map(([name, notMeasured]) => ({
    name,
    ours: false,
    notMeasured,
  }));
  return {
    work: plan.work,
    ...(plan.point ? { point: plan.point } : {}),
    series: [...measured, ...absent],
    comparisons: plan.against.flatMap((against) => comparisonOf(against, samples)),
  };
}

function comparisonOf({ subject, baseline, goal }: Against, samples: Map<string, number[]>): Comparison[] {
  const [ours, theirs] = [samples.get(subject), samples.get(baseline)];
  if (!ours || !theirs) return [];
  const ratio = compare(ours, theirs);
  return [{ subject, baseline, ...ratio, goal: goal ?? null, met: goal ? isMet(goal, ratio.ratio) : null }];
}

export const isMet = (goal: Goal, ratio: number): boolean =>
  goal.kind === 'time-at-most' ? ratio <= goal.ratio : 1 / ratio >= goal.ratio;
