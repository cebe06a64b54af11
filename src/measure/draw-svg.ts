import type { EChartsOption } from 'echarts';

/** Draws without a browser: ECharts has a renderer that writes SVG as text. A library of its own file, loaded at the first chart. */
export async function drawSvg(
  option: EChartsOption,
  size: { readonly width: number; readonly height: number },
): Promise<string> {
  const { init } = await import('echarts');
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size });
  try {
    chart.setOption(option);
    return `${chart.renderToSVGString()}\n`;
  } finally {
    chart.dispose();
  }
}
