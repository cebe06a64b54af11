import type { TaskName } from '../base/task-name.ts';
import type { Ottofile, TaskDefinition } from '../ottofile/model.ts';
import { buildGraph, type Graph, membersOf, topologicalOrder } from './dag.ts';
import { itemsOf } from './items.ts';

/** `fresh`: it is part of the run, but up to date. */
export type NodeState = 'runs' | 'fresh' | 'rest';

export interface PictureNode {
  readonly name: TaskName;
  /** Name of the included file it stands in; empty for the main file. */
  readonly group: string;
  /** What its `foreach` repeats it for, `×3` or `× *.txt`; null without one. */
  readonly items: string | null;
  readonly hasScript: boolean;
  readonly state: NodeState;
}

export interface PictureEdge {
  /** Runs first. */
  readonly from: TaskName;
  readonly to: TaskName;
  /** Who says so: the later task by `before`, or the earlier one by `after`. */
  readonly kind: 'before' | 'after';
}

/** What all formats of `otto graph` show. */
export interface Picture {
  readonly title: string;
  /** Each after all that it needs. */
  readonly nodes: readonly PictureNode[];
  readonly edges: readonly PictureEdge[];
}

export interface Shown {
  /** What a run is asked for: with what it brings in, it is shown as what would run. */
  readonly requested: readonly TaskName[];
  /** Also what would not run. */
  readonly whole: boolean;
  readonly fresh: ReadonlySet<TaskName>;
}

/** Pure: from an ottofile to what is drawn of it. */
export function pictureOf(
  ottofile: Pick<Ottofile, 'project' | 'tasks'>,
  { requested, whole, fresh }: Shown,
): Picture {
  const graph = buildGraph(ottofile.tasks);
  const members = membersOf(graph, requested);
  const order = topologicalOrder(graph.dependencies, whole ? ottofile.tasks.keys() : members);
  const stateOf = (name: TaskName): NodeState =>
    members.has(name) ? (fresh.has(name) ? 'fresh' : 'runs') : 'rest';
  return {
    title: ottofile.project,
    nodes: order.map((name) => nodeOf(ottofile.tasks.get(name) as TaskDefinition, stateOf(name))),
    edges: edgesOf(ottofile.tasks, graph, order),
  };
}

function nodeOf({ name, file, foreach, script }: TaskDefinition, state: NodeState): PictureNode {
  const group = file.prefix.replace(/:$/, '');
  return { name, group, items: foreach && itemsText(itemsOf(foreach)), hasScript: script !== null, state };
}

const itemsText = ({ count, from }: ReturnType<typeof itemsOf>): string =>
  count === null ? `× ${from}` : `×${count}`;

function edgesOf(
  tasks: Ottofile['tasks'],
  { dependencies }: Graph,
  order: readonly TaskName[],
): PictureEdge[] {
  return order.flatMap((to) => {
    const named = new Set(tasks.get(to)?.before);
    return (dependencies.get(to) ?? []).map(
      (from): PictureEdge => ({ from, to, kind: named.has(from) ? 'before' : 'after' }),
    );
  });
}

/** A node's words. */
export const labelOf = ({ name, items }: PictureNode): string => (items === null ? name : `${name} ${items}`);

/** Nodes by their group, in the order in which groups are met. */
export function groupsOf(nodes: readonly PictureNode[]): Map<string, PictureNode[]> {
  const groups = new Map<string, PictureNode[]>();
  for (const node of nodes) {
    const group = groups.get(node.group);
    if (group === undefined) groups.set(node.group, [node]);
    else group.push(node);
  }
  return groups;
}
