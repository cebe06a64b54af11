import { sizeWords } from '../report/words.ts';
import type { BenchResult, WayResult } from './result.ts';
import { secondsText } from './words.ts';

const WIDTH = 900;
const HEIGHT = 560;

/** An SVG with a line for each way: the time of one value by its size. */
export async function chartOf(result: BenchResult): Promise<string> {
  const { drawSvg } = await import('./draw-svg.ts');
  const lines = result.ways.map((way) => ({ name: way.title, points: pointsOf(way) }));
  return drawSvg(
    {
      animation: false,
      backgroundColor: '#ffffff',
      title: {
        text: 'Time to pass one value, by its size',
        subtext: `median of ${result.rounds} rounds; less is better; ${result.machine.cores} cores, ${result.machine.fileSystem}`,
        left: 16,
        top: 8,
      },
      legend: { type: 'plain', bottom: 8, left: 16, right: 16 },
      grid: { left: 80, right: 30, top: 76, bottom: 96 },
      xAxis: { type: 'log', logBase: 2, min: 'dataMin', name: 'size', axisLabel: { formatter: sizeWords } },
      yAxis: { type: 'log', name: 'time', axisLabel: { formatter: secondsText } },
      series: lines
        .filter(({ points }) => points.length > 0)
        .map(({ name, points }) => ({ type: 'line', name, data: points, symbolSize: 7 })),
    },
    { width: WIDTH, height: HEIGHT },
  );
}

/** A logarithmic axis has no place for what cannot be told from nothing. */
const pointsOf = ({ loads }: WayResult): [number, number][] =>
  loads.flatMap(({ bytes, otto: { cost } }) =>
    cost === null || cost.seconds.low <= 0 ? [] : [[bytes, cost.secondsPerValue] as [number, number]],
  );
