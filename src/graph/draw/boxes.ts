import type { Picture, PictureNode } from '../picture.ts';
import { Cells } from './cells.ts';
import { type Track, tracksOf } from './gap.ts';
import { type Layout, layOut, type Point } from './layout.ts';
import type { Columns } from './svg.ts';

/** Lines of a box: its text between two borders. */
const BOX_LINES = 3;
/** Columns of a box besides its text. */
const FRAME = 4;

/** What stands in a box. */
export type Words = (node: PictureNode) => string;

/**
 * The picture as boxes in rows with lines between them, for a terminal. Null when it would be wider than `width`, or when lines
 * would hide each other.
 */
export async function drawBoxes(
  picture: Picture,
  { words, columns, width }: { readonly words: Words; readonly columns: Columns; readonly width: number },
): Promise<string[] | null> {
  const layout = await layOut(picture, {
    size: (node) => ({ width: columns(words(node)) + FRAME, height: 1 }),
    betweenNodes: 2,
    betweenEdges: 2,
    betweenRows: 2,
  });
  if (layout.width > width) return null;
  const rows = rowsOf(layout);
  const gaps = rows.slice(1).map((_, index) => tracksOf(passages(layout, rows, index)));
  if (gaps.some((gap) => gap === null)) return null;
  return draw(layout, { rows, gaps: gaps as Track[][], words, columns });
}

/** The heights at which boxes stand, from above. */
const rowsOf = ({ nodes }: Layout): number[] =>
  [...new Set(nodes.map(({ box }) => box.y))].sort((a, b) => a - b);

/** Where lines cross the gap below a row. Those to lower rows go straight through the rows between, where there is room for them. */
function passages(layout: Layout, rows: readonly number[], gap: number) {
  const [upper, lower] = [rows[gap] as number, rows[gap + 1] as number];
  return layout.edges.flatMap(({ edge, points }) => {
    const ends = [edge.from, edge.to].map(
      (name) => layout.nodes.find(({ node }) => node.name === name)?.box as Point,
    ) as [Point, Point];
    if (ends[0].y > upper || ends[1].y < lower) return [];
    const at = (y: number) => Math.round(columnAt([ends[0], ...points.slice(1, -1), ends[1]], y));
    return [{ from: at(upper), to: at(lower) }];
  });
}

/** Where a line is at some height. */
function columnAt(points: readonly Point[], y: number): number {
  const after = points.findIndex((point) => point.y >= y);
  const [a, b] = [points[Math.max(0, after - 1)] as Point, points[after] as Point];
  return b.y === a.y || b.y === y ? b.x : a.x + ((b.x - a.x) * (y - a.y)) / (b.y - a.y);
}

interface Drawing {
  readonly rows: readonly number[];
  readonly gaps: readonly (readonly Track[])[];
  readonly words: Words;
  readonly columns: Columns;
}

function draw(layout: Layout, drawing: Drawing): string[] {
  const { gaps, rows } = drawing;
  const heights = gaps.map((gap) => Math.max(1, ...gap.map(({ line }) => (line ?? 0) + 1)) + 1);
  const tops = rows.map((_, row) =>
    heights.slice(0, row).reduce((sum, height) => sum + height + BOX_LINES, 0),
  );
  const cells = new Cells(Math.ceil(layout.width) + 2, (tops.at(-1) ?? 0) + BOX_LINES);
  for (const [row, gap] of gaps.entries()) {
    const [top, bottom] = [(tops[row] as number) + BOX_LINES, tops[row + 1] as number];
    for (const track of gap) drawTrack(cells, track, { top, bottom });
    for (const x of passing(layout, gap, rows[row + 1] as number))
      cells.vertical(x, bottom - 1, bottom + BOX_LINES);
  }
  for (const { node, box } of layout.nodes) {
    const text = drawing.words(node);
    const width = drawing.columns(text);
    const left = Math.round(box.x - box.width / 2);
    drawBox(cells, { left, top: tops[rows.indexOf(box.y)] as number }, { text, width });
  }
  for (const { edge } of layout.edges) drawEnd(cells, layout, { to: edge.to, tops, rows });
  return cells.lines();
}

function drawTrack(
  cells: Cells,
  { from, to, line }: Track,
  { top, bottom }: { readonly top: number; readonly bottom: number },
): void {
  if (line === null) {
    cells.vertical(from, top - 1, bottom - 1);
    return;
  }
  const y = top + line;
  cells.vertical(from, top - 1, y);
  for (const x of to) {
    cells.horizontal(y, from, x);
    cells.vertical(x, y, bottom - 1);
  }
}

/** Columns in which lines go on below the next row. */
function passing(layout: Layout, gap: readonly Track[], row: number): number[] {
  const boxes = layout.nodes.filter(({ box }) => box.y === row).map(({ box }) => Math.round(box.x));
  return gap.flatMap(({ to }) => to).filter((x) => !boxes.includes(x));
}

function drawBox(
  cells: Cells,
  { left, top }: { readonly left: number; readonly top: number },
  label: { readonly text: string; readonly width: number },
): void {
  const right = left + label.width + FRAME - 1;
  for (const y of [top, top + 2]) cells.horizontal(y, left, right);
  for (const x of [left, right]) cells.vertical(x, top, top + 2);
  cells.text(left + 2, top + 1, label);
}

/** The head of an arrow above the box that it leads to. */
function drawEnd(
  cells: Cells,
  layout: Layout,
  {
    to,
    tops,
    rows,
  }: { readonly to: string; readonly tops: readonly number[]; readonly rows: readonly number[] },
): void {
  const box = layout.nodes.find(({ node }) => node.name === to)?.box as Point;
  const y = (tops[rows.indexOf(box.y)] as number) - 1;
  cells.text(Math.round(box.x), y, { text: '▼', width: 1 });
}
