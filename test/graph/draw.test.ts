import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TaskName } from '../../src/base/task-name.ts';
import { drawBoxes } from '../../src/graph/draw/boxes.ts';
import { drawDot } from '../../src/graph/draw/dot.ts';
import { tracksOf } from '../../src/graph/draw/gap.ts';
import { drawMermaid } from '../../src/graph/draw/mermaid.ts';
import { drawSvg } from '../../src/graph/draw/svg.ts';
import { labelOf, type Picture, type PictureNode } from '../../src/graph/picture.ts';
import { columns } from '../../src/report/columns.ts';

const node = (name: string, more: Partial<PictureNode> = {}): PictureNode => ({
  name: name as TaskName,
  group: '',
  items: null,
  hasScript: true,
  state: 'runs',
  ...more,
});
const edge = (from: string, to: string, kind: 'before' | 'after' = 'before') => ({
  from: from as TaskName,
  to: to as TaskName,
  kind,
});
const boxes = (picture: Picture, width = 100) => drawBoxes(picture, { words: labelOf, columns, width });

const HOSTILE = [
  `"q" 'a' \\n \\`,
  '<b>&lt;&amp;</b>',
  '#quot; #35; ];',
  '`**x**`',
  '1. list',
  '- item',
  'end',
  '名前 ü 🎉',
  '$(id) `id` ${X}',
  '-->|x| n0',
  '%%{init: {}}%%',
];
const hostile: Picture = {
  title: 'a "title" <x> \\',
  nodes: HOSTILE.map((name, i) =>
    node(name, { group: i % 3 === 0 ? '' : `"g" <${i % 3}> \\`, items: i === 2 ? '×3' : null }),
  ),
  edges: HOSTILE.slice(1).map((name, i) => edge(HOSTILE[i] as string, name, i % 2 ? 'after' : 'before')),
};

describe('dot', () => {
  const parse = (text: string) => {
    const { status, stdout, stderr } = spawnSync('dot', ['-Tjson'], { input: text, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return JSON.parse(stdout);
  };
  /** What graphviz writes into the picture. */
  const shownTexts = (text: string) =>
    [
      ...spawnSync('dot', ['-Tsvg'], { input: text, encoding: 'utf8' }).stdout.matchAll(
        /<text [^>]*>(.*?)<\/text>/g,
      ),
    ].map(([, shown = '']) =>
      shown
        .replaceAll('&#45;', '-')
        .replaceAll('&#160;', ' ')
        .replaceAll('&quot;', '"')
        .replaceAll('&#39;', "'")
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&amp;', '&'),
    );

  test('graphviz shows every name as it is spelled', () => {
    const shown = shownTexts(drawDot(hostile));
    for (const name of HOSTILE) expect(shown).toContain(name === '#quot; #35; ];' ? `${name} ×3` : name);
    expect(shown).toContain('"g" <1> \\');
  });

  test('edges go from what runs first, those of "after" dashed', () => {
    const { edges } = parse(drawDot(hostile)) as { edges: { tail: number; head: number; style?: string }[] };
    expect(edges.filter(({ style }) => style === 'dashed')).toHaveLength(
      hostile.edges.filter(({ kind }) => kind === 'after').length,
    );
    expect(edges).toHaveLength(hostile.edges.length);
  });
});

describe('mermaid', () => {
  test('no letter of a name can end its label or mean anything', () => {
    const lines = drawMermaid(hostile).trimEnd().split('\n');
    const known =
      /^(flowchart TD| {2}subgraph g\d+\["[^"`<>]*"\]| {2}end| {2}n\d+\(?\[\(?"[^"`<>\\$*[\]{}|&]*"\)?\]\)?:::(runs|fresh|rest)| {2}n\d+ (-->|-\.->) n\d+| {2}classDef .*)$/;
    for (const line of lines) expect(line).toMatch(known);
    expect(lines).toContain('  n6["end"]:::runs');
    // What Mermaid makes of its escapes is the name again.
    const labels = [...drawMermaid(hostile).matchAll(/^ {2}n\d+\["(.*)"\]/gm)].map(([, label = '']) =>
      label.replace(/#(\d+);/g, (_, code) => String.fromCodePoint(Number(code))),
    );
    expect(labels.sort()).toEqual(HOSTILE.map((name, i) => (i === 2 ? `${name} ×3` : name)).sort());
  });
});

describe('svg', () => {
  test('is well-formed XML with every name as it is spelled', async () => {
    const svg = await drawSvg(hostile, columns);
    const script =
      'import sys, json, xml.etree.ElementTree as e\n' +
      'root = e.fromstring(sys.stdin.buffer.read())\n' +
      'print(json.dumps([x.text for x in root.iter("{http://www.w3.org/2000/svg}text")]))';
    const { status, stdout, stderr } = spawnSync('python3', ['-c', script], { input: svg, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual(hostile.nodes.map(labelOf));
  });

  test('boxes do not overlap, and all lie within the picture', async () => {
    const svg = await drawSvg(hostile, columns);
    const [, width = 0, height = 0] = (/viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? []).map(Number);
    const rects = [...svg.matchAll(/<rect x="(.*?)" y="(.*?)" width="(.*?)" height="(.*?)"/g)].map((found) =>
      found.slice(1).map(Number),
    ) as [number, number, number, number][];
    expect(rects).toHaveLength(HOSTILE.length);
    for (const [i, [x, y, w, h]] of rects.entries()) {
      expect(x >= 0 && y >= 0 && x + w <= width && y + h <= height).toBe(true);
      for (const [x2, y2, w2, h2] of rects.slice(i + 1))
        expect(x + w <= x2 || x2 + w2 <= x || y + h <= y2 || y2 + h2 <= y).toBe(true);
    }
  });
});

describe('boxes', () => {
  test('stand in rows, what runs first above', async () => {
    const picture = {
      title: '',
      nodes: ['fetch', 'test', 'lint', 'all'].map((name) => node(name)),
      edges: [edge('fetch', 'test'), edge('fetch', 'lint'), edge('test', 'all'), edge('lint', 'all')],
    };
    expect(await boxes(picture)).toEqual([
      '     ┌───────┐',
      '     │ fetch │',
      '     └───┬───┘',
      '    ┌────┴────┐',
      '    ▼         ▼',
      '┌──────┐  ┌──────┐',
      '│ test │  │ lint │',
      '└───┬──┘  └───┬──┘',
      '    └────┐    │',
      '         ├────┘',
      '         ▼',
      '      ┌─────┐',
      '      │ all │',
      '      └─────┘',
    ]);
  });

  test('wide letters take two columns', async () => {
    const drawn = await boxes({ title: '', nodes: [node('名前')], edges: [] });
    expect(drawn).toEqual(['┌──────┐', '│ 名前 │', '└──────┘']);
  });

  test('are not drawn where they do not fit', async () => {
    const wide = { title: '', nodes: [node('a'.repeat(30)), node('b'.repeat(30))], edges: [] };
    expect(await boxes(wide, 60)).toBeNull();
    expect(await boxes(wide, 80)).toHaveLength(3);
  });

  test('whoever follows the lines down from a box comes to all that wait for it', async () => {
    const graphs = fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 18 });
    let followed = 0;
    await fc.assert(
      fc.asyncProperty(graphs, async (pairs) => {
        const seen = new Set<string>();
        const edges = pairs
          .filter(([a, b]) => a < b && !seen.has(`${a} ${b}`) && seen.add(`${a} ${b}`))
          .map(([a, b]) => edge(`t${a}x`, `t${b}x`));
        const drawn = await boxes(
          { title: '', nodes: Array.from({ length: 12 }, (_, i) => node(`t${i}x`)), edges },
          500,
        );
        if (drawn === null) return;
        for (const { from, to } of edges) {
          followed++;
          expect(reached(drawn, from), drawn.join('\n')).toContain(to);
        }
      }),
      { numRuns: 60 },
    );
    expect(followed).toBeGreaterThan(50);
  });
});

/** The names in the boxes that lines lead to from below the box of `name`. */
function reached(lines: readonly string[], name: string): string[] {
  const at = (x: number, y: number) => lines[y]?.[x] ?? ' ';
  const row = lines.findIndex((line) => line.includes(` ${name} `));
  const column = (lines[row] as string).indexOf(` ${name} `);
  const found: string[] = [];
  const queue: [number, number][] = [];
  for (let x = column - 1; x <= column + name.length + 2; x++)
    if (at(x, row + 1) === '┬') queue.push([x, row + 2]);
  const seen = new Set<string>();
  for (const [x, y] of queue) {
    if (seen.has(`${x} ${y}`)) continue;
    seen.add(`${x} ${y}`);
    if (at(x, y) === '▼') {
      const [, text = ''] = /│ (\S+) │$/.exec(textAround(lines[y + 2] as string, x)) ?? [];
      found.push(text);
      continue;
    }
    if ('╷│┐┤┌├┬┼'.includes(at(x, y))) queue.push([x, y + 1]);
    if ('╴┘┐┤─┴┬┼'.includes(at(x, y))) queue.push([x - 1, y]);
    if ('╶└┌├─┴┬┼'.includes(at(x, y))) queue.push([x + 1, y]);
  }
  return found;
}

/** The box of which a line of text holds the column. */
function textAround(line: string, x: number): string {
  const left = line.lastIndexOf('│', x);
  return line.slice(left, line.indexOf('│', x + 1) + 1);
}

test('lines that reach a row where others leave the one above turn below those', () => {
  const passages = fc.array(fc.record({ from: fc.nat(8), to: fc.nat(8) }), { maxLength: 12 });
  fc.assert(
    fc.property(passages, (given) => {
      const tracks = tracksOf(given);
      if (tracks === null) return;
      for (const a of tracks)
        for (const b of tracks)
          if (a !== b && a.line !== null && b.line !== null && b.to.includes(a.from))
            expect(a.line).toBeLessThan(b.line);
    }),
  );
  expect(
    tracksOf([
      { from: 1, to: 2 },
      { from: 2, to: 1 },
    ]),
  ).toBeNull();
});
