import { groupsOf, labelOf, type Picture, type PictureNode } from '../picture.ts';

/** The picture as a flowchart of Mermaid. Nodes are numbered: names stand in labels only, where nothing of them means anything. */
export function drawMermaid({ nodes, edges }: Picture): string {
  const ids = new Map(nodes.map(({ name }, index) => [name, `n${index}`]));
  const parts = [...groupsOf(nodes)].map(([group, members], index) => {
    const lines = members.map((node) => `  ${ids.get(node.name)}${shaped(node)}:::${node.state}`);
    return group === '' ? lines : [`  subgraph g${index}["${escaped(group)}"]`, ...lines, '  end'];
  });
  return [
    'flowchart TD',
    ...parts.flat(),
    ...edges.map(
      ({ from, to, kind }) => `  ${ids.get(from)} ${kind === 'after' ? '-.->' : '-->'} ${ids.get(to)}`,
    ),
    '  classDef runs fill:#dbeafe,stroke:#1d4ed8,color:#111827',
    '  classDef fresh fill:#dcfce7,stroke:#15803d,color:#111827',
    '  classDef rest fill:none,stroke:#9ca3af,stroke-dasharray:4 3',
    '',
  ].join('\n');
}

const shaped = (node: PictureNode): string => {
  const label = `"${escaped(labelOf(node))}"`;
  return node.hasScript ? `[${label}]` : `([${label}])`;
};

/**
 * Mermaid's own escapes, by number, of all that could end the label, be HTML or Markdown, or start an escape. Text that begins
 * like a list is one in Markdown.
 */
const escaped = (text: string): string =>
  text.replace(/[^\p{L}\p{N} ._/:\u00d7-]|^[-\d]/gu, (c) => `#${c.codePointAt(0)};`);
