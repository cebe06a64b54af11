import type { TaskName } from '../../base/task-name.ts';
import {
  groupsOf,
  labelOf,
  type NodeState,
  type Picture,
  type PictureEdge,
  type PictureNode,
} from '../picture.ts';

const STYLES: Readonly<Record<NodeState, string>> = {
  runs: 'style="rounded,filled", fillcolor="#dbeafe", color="#1d4ed8"',
  fresh: 'style="rounded,filled", fillcolor="#dcfce7", color="#15803d"',
  rest: 'style="rounded,dashed", color="#9ca3af", fontcolor="#6b7280"',
};

/** The picture in graphviz's language. Nodes are numbered, so that names stand in labels only. */
export function drawDot({ title, nodes, edges }: Picture): string {
  const ids = new Map(nodes.map(({ name }, index) => [name, `n${index}`]));
  const parts = [...groupsOf(nodes)].map(([group, members], index) => {
    const lines = members.map((node) => `${ids.get(node.name)} [${attributes(node)}];`);
    return group === '' ? lines : [`subgraph cluster_${index} {`, `label=${quoted(group)};`, ...lines, '}'];
  });
  return [
    `digraph ${quoted(title)} {`,
    'rankdir=TB;',
    'node [shape=box, fontname="sans-serif"];',
    ...parts.flat(),
    ...edges.map((edge) => edgeLine(edge, ids)),
    '}',
    '',
  ].join('\n');
}

function attributes(node: PictureNode): string {
  const shape = node.hasScript ? '' : ', shape=ellipse';
  return `label=${quoted(labelOf(node))}, ${STYLES[node.state]}${shape}`;
}

function edgeLine({ from, to, kind }: PictureEdge, ids: ReadonlyMap<TaskName, string>): string {
  const style = kind === 'after' ? ' [style=dashed]' : '';
  return `${ids.get(from)} -> ${ids.get(to)}${style};`;
}

/** In labels `\n` and `\N` mean something, and so does `&lt;`. */
const quoted = (text: string): string =>
  `"${text.replaceAll('&', '&amp;').replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
