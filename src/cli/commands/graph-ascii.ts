import type { TaskName } from '../../base/task-name.ts';
import { drawBoxes } from '../../graph/draw/boxes.ts';
import { labelOf, type NodeState, type Picture, type PictureNode } from '../../graph/picture.ts';
import { rootsOf, treeLines } from '../../graph/tree.ts';
import { visible } from '../../ottofile/quote.ts';
import { columns } from '../../report/columns.ts';
import { makeStyle } from '../terminal.ts';

/** More boxes than this are no drawing that anybody could follow. */
const MANY = 50;
/** Where the width of the terminal is not known. */
const WIDTH = 100;

const MARKS: Readonly<Record<NodeState, string>> = { runs: '● ', fresh: '✓ ', rest: '○ ' };

/** Boxes in the order of the run, or, where they do not fit, each task above what it needs. */
export async function drawAscii(picture: Picture, colours: boolean): Promise<string> {
  const words = wordsFor(picture);
  const lines =
    picture.nodes.length > MANY ? null : await drawBoxes(picture, { words, columns, width: width() });
  const text = lines ?? tree(picture, words, colours);
  return text.map((line) => `${line}\n`).join('');
}

const width = (): number => process.stdout.columns || Number(process.env.COLUMNS) || WIDTH;

/** Marks only where there is something to tell apart. */
function wordsFor({ nodes }: Picture): (node: PictureNode) => string {
  const isMixed = new Set(nodes.map(({ state }) => state)).size > 1;
  return (node) => `${isMixed ? MARKS[node.state] : ''}${visible(labelOf(node))}`;
}

function tree({ nodes, edges }: Picture, words: (node: PictureNode) => string, colours: boolean): string[] {
  const style = makeStyle(colours);
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const dependencies = new Map<TaskName, TaskName[]>(nodes.map(({ name }) => [name, []]));
  for (const { from, to } of edges) dependencies.get(to)?.push(from);
  // The last of the order needs the most.
  const roots = rootsOf(dependencies, dependencies.keys());
  return treeLines(dependencies, roots).map(({ branches, task, again }) => {
    const node = byName.get(task) as PictureNode;
    const shown = node.state === 'rest' ? style.dim(words(node)) : words(node);
    return `${style.dim(branches)}${shown}${again ? style.dim(' (see above)') : ''}`;
  });
}
