import type { ForeachDefinition } from '../ottofile/model.ts';

/** How many items a `foreach` has, as far as the ottofile alone tells; else where they come from, in words. */
export function itemsOf({ source }: ForeachDefinition): {
  readonly count: number | null;
  readonly from: string;
} {
  switch (source.kind) {
    case 'items':
      return { count: source.items.length, from: 'items' };
    case 'range':
      return { count: Math.abs(source.to - source.from) + 1, from: `${source.from}..${source.to}` };
    case 'glob':
      return { count: null, from: source.pattern };
    default:
      return { count: null, from: `${source.task}.${source.key}` };
  }
}
