import { sizeWords } from '../report/words.ts';
import type { BenchResult, WayResult } from './result.ts';
import { secondsText } from './words.ts';

const WIDTH = 960;
const HEIGHT = 560;
/** One for each way, told apart on white also by those who see fewer colours: symbols and dashes differ as well. */
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#8a6d00'];
const SYMBOLS = ['circle', 'rect', 'triangle', 'diamond'];

/** An SVG with a line for each way: the time of one value by its size. */
export async function chartOf(result: BenchResult): Promise<string> {
  const { drawSvg } = await import('./draw-svg.ts');
  const lines = result.ways.map((way, at) => ({ name: way.name, at, points: pointsOf(way) }));
  return drawSvg(
    {
      animation: false,
      // Of its own, so that it looks the same on a dark page.
      backgroundColor: '#ffffff',
      title: {
        text: 'Time to pass one value, by its size',
        subtext: `median of ${result.rounds} rounds; lower is faster; both axes logarithmic; ${result.machine.cores} cores, ${result.machine.fileSystem}`,
        left: 16,
        top: 8,
      },
      // Without a browser the width of a text is a guess: one name a line cannot run into the next.
      legend: { orient: 'vertical', right: 16, top: 'middle', itemGap: 14, itemWidth: 34 },
      grid: { left: 92, right: 160, top: 76, bottom: 64 },
      xAxis: {
        type: 'log',
        logBase: 2,
        min: 'dataMin',
        max: 'dataMax',
        name: 'size of the value',
        nameLocation: 'middle',
        nameGap: 34,
        axisLabel: { formatter: sizeWords },
      },
      yAxis: {
        type: 'log',
        name: 'time per value',
        nameLocation: 'middle',
        nameGap: 66,
        axisLabel: { formatter: secondsText },
      },
      series: lines.filter(({ points }) => points.length > 0).map(lineOf),
    },
    { width: WIDTH, height: HEIGHT },
  );
}

function lineOf({ name, at, points }: { name: string; at: number; points: [number, number][] }) {
  const color = COLORS[at % COLORS.length] as string;
  return {
    type: 'line' as const,
    name,
    data: points,
    symbol: SYMBOLS[at % SYMBOLS.length] as string,
    symbolSize: 8,
    itemStyle: { color },
    lineStyle: { color, width: 2, type: at < COLORS.length ? ('solid' as const) : ('dashed' as const) },
  };
}

/** A logarithmic axis has no place for what cannot be told from nothing. */
const pointsOf = ({ loads }: WayResult): [number, number][] =>
  loads.flatMap(({ bytes, otto: { cost } }) =>
    cost === null || cost.seconds.low <= 0 ? [] : [[bytes, cost.secondsPerValue] as [number, number]],
  );
