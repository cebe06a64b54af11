import type { TaskName } from '../../base/task-name.ts';
import type { Picture, PictureEdge, PictureNode } from '../picture.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A rectangle; `x` and `y` are its middle. */
export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly { readonly node: PictureNode; readonly box: Box }[];
  /** From the border of the first to that of the second, by way of a point between any two rows. */
  readonly edges: readonly { readonly edge: PictureEdge; readonly points: readonly Point[] }[];
}

/** How large things are; in whatever unit. */
export interface Measures {
  readonly size: (node: PictureNode) => { readonly width: number; readonly height: number };
  readonly betweenNodes: number;
  readonly betweenEdges: number;
  readonly betweenRows: number;
}

/** Finding the shortest edges takes more than linear time: many nodes are put into rows by a simpler rule. */
const MANY = 300;

/** Puts the tasks into rows, each below all that it needs. The library is loaded by the first call. */
export async function layOut({ nodes, edges }: Picture, measures: Measures): Promise<Layout> {
  const { Graph, layout } = await import('@dagrejs/dagre');
  const graph = new Graph({ multigraph: false, compound: false });
  graph.setGraph({
    rankdir: 'TB',
    nodesep: measures.betweenNodes,
    edgesep: measures.betweenEdges,
    ranksep: measures.betweenRows,
    ranker: nodes.length + edges.length > MANY ? 'longest-path' : 'network-simplex',
  });
  graph.setDefaultEdgeLabel(() => ({}));
  const ids = new Map<TaskName, string>(nodes.map(({ name }, index) => [name, String(index)]));
  for (const [index, node] of nodes.entries()) graph.setNode(String(index), { ...measures.size(node) });
  // Of equal orders in a row dagre takes the one that it meets last.
  for (const { from, to } of [...edges].reverse())
    graph.setEdge(ids.get(from) as string, ids.get(to) as string);
  layout(graph);
  const whole = graph.graph();
  return {
    width: whole.width ?? 0,
    height: whole.height ?? 0,
    nodes: nodes.map((node, index) => ({ node, box: graph.node(String(index)) as Box })),
    edges: edges.map((edge) => ({
      edge,
      points: graph.edge(ids.get(edge.from) as string, ids.get(edge.to) as string).points ?? [],
    })),
  };
}
