import { labelOf, type Picture } from '../picture.ts';
import { type Box, type Layout, layOut, type Point } from './layout.ts';

/** How many columns of a terminal a text takes; given from outside, since reporting knows. */
export type Columns = (text: string) => number;

/** All in CSS pixels. A letter is taken to be so wide that most fonts need less. */
const LETTER = 8;
const PADDING = 12;
const HEIGHT = 32;
const MARGIN = 16;

/** Colours by what the reader's system prefers; a picture that is printed or converted has the light ones. */
const STYLE = `
.runs rect{fill:#dbeafe;stroke:#1d4ed8}.fresh rect{fill:#dcfce7;stroke:#15803d}
.rest rect{fill:#ffffff;stroke:#9ca3af;stroke-dasharray:4 3}.rest text{fill:#6b7280}
text{font:13px ui-monospace,Menlo,Consolas,monospace;fill:#111827;text-anchor:middle;dominant-baseline:central}
path{fill:none;stroke:#6b7280}.after{stroke-dasharray:5 3}marker path{fill:#6b7280;stroke:none}
@media (prefers-color-scheme:dark){
.runs rect{fill:#1e3a8a;stroke:#93c5fd}.fresh rect{fill:#14532d;stroke:#86efac}
.rest rect{fill:#111827;stroke:#6b7280}.rest text{fill:#9ca3af}
text{fill:#f3f4f6}path{stroke:#9ca3af}marker path{fill:#9ca3af}}
`;

/** The picture as SVG, complete in itself: no script, no font, nothing that is loaded. */
export async function drawSvg(picture: Picture, columns: Columns): Promise<string> {
  const layout = await layOut(picture, {
    size: (node) => ({ width: columns(labelOf(node)) * LETTER + 2 * PADDING, height: HEIGHT }),
    betweenNodes: 24,
    betweenEdges: 12,
    betweenRows: 40,
  });
  const [width, height] = [layout.width + 2 * MARGIN, layout.height + 2 * MARGIN].map(Math.ceil);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(picture.title)}</title>`,
    `<style>${STYLE}</style>`,
    '<defs><marker id="end" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>',
    `<g transform="translate(${MARGIN} ${MARGIN})">`,
    ...edges(layout),
    ...nodes(layout),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

const edges = (layout: Layout): string[] =>
  layout.edges.map(
    ({ edge, points }) =>
      `<path class="${edge.kind}" marker-end="url(#end)" d="${curve(points)}"><title>${escaped(`${edge.from} → ${edge.to}`)}</title></path>`,
  );

const nodes = (layout: Layout): string[] =>
  layout.nodes.map(({ node, box }) => {
    const rect = `<rect ${corner(box)} rx="${node.hasScript ? 4 : HEIGHT / 2}"/>`;
    const text = `<text x="${round(box.x)}" y="${round(box.y)}">${escaped(labelOf(node))}</text>`;
    return `<g class="${node.state}">${rect}${text}</g>`;
  });

const corner = ({ x, y, width, height }: Box): string =>
  `x="${round(x - width / 2)}" y="${round(y - height / 2)}" width="${round(width)}" height="${height}"`;

/** Through the middle of every two points, bent towards the points. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points;
  const last = rest.at(-1);
  if (first === undefined || last === undefined) return '';
  const bends = rest.slice(0, -1).map((point, index) => {
    const next = rest[index + 1] as Point;
    const end = index === rest.length - 2 ? next : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    return `Q${pair(point)} ${pair(end)}`;
  });
  return `M${pair(first)}${bends.length === 0 ? `L${pair(last)}` : bends.join('')}`;
}

const pair = ({ x, y }: Point): string => `${round(x)} ${round(y)}`;
const round = (value: number): number => Math.round(value * 10) / 10;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
/** XML has no way at all to hold most control characters. */
const escaped = (text: string): string =>
  text
    .replace(/[&<>"]/g, (c) => ENTITIES[c] as string)
    .replace(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/g, '\ufffd');
