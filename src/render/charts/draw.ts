/**
 * The interface to vega: turns a Vega-Lite specification into a static SVG. Loads when the first chart needs it (266 ms).
 *
 * One drawing serves light, dark and print: colours are CSS variables of the page, and fonts inherit from it. We strip what
 * vega writes for renderers we don't use (empty layers, per-mark roles), which halves the size.
 *
 * We use two techniques, as neither can replace the other. Vega serves values that need axes, ticks and a layout
 * (distributions, nights). Strings serve bars in table cells, or hundreds of bars with links (`page/interval-picture.ts`,
 * `page/waterfall.ts`, `page/timeline.ts`). They take a twentieth of the bytes and no parser.
 */
import type { TopLevelSpec } from 'vega-lite';
import { escapeHtml, type Html, trusted } from '../escape.ts';

/** Widths and heights of the plot; a chart with its axes fits a phone of 360 px unscaled. */
export const PLOT_WIDTH = 272;
export const PLOT_HEIGHT = 168;

const AXIS = {
  domain: false,
  gridColor: 'var(--rule)',
  tickColor: 'var(--rule)',
  labelColor: 'var(--muted)',
  titleColor: 'var(--muted)',
  labelFontSize: 11,
  titleFontSize: 11,
  titleFontWeight: 'normal',
  ticks: false,
  labelPadding: 6,
} as const;

const CONFIG = {
  font: 'inherit',
  background: 'transparent',
  padding: 2,
  view: { stroke: null },
  axis: AXIS,
  // No sum of text widths may decide a layout: fonts differ from machine to machine, and here we only estimate them.
  autosize: { type: 'pad' },
} as const;

const load = async () => {
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
  return { vega, vegaLite };
};
let loading: ReturnType<typeof load> | undefined;

/** `finding` is the text alternative: a sentence that says what the chart shows. */
export async function draw(chart: object, finding: string): Promise<Html> {
  loading ??= load();
  const { vega, vegaLite } = await loading;
  const { spec } = vegaLite.compile({ ...chart, config: CONFIG } as TopLevelSpec);
  const view = new vega.View(vega.parse(spec), { renderer: 'none', logLevel: vega.Error });
  const svg = await view.toSVG();
  view.finalize();
  return trusted(frame(slim(svg), finding));
}

/** Replaces the outer element: the chart scales with the page, and its label is the finding. */
function frame(svg: string, finding: string): string {
  const size = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg);
  const [width, height] = [size?.[1] ?? '0', size?.[2] ?? '0'];
  const inside = svg.slice(svg.indexOf('>') + 1, svg.lastIndexOf('</svg>'));
  // The role of an image hides its content from screen readers. A drawing with links therefore becomes a group with their names.
  const role = inside.includes('<a ') ? 'group' : 'img';
  return `<svg class="chart" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="${role}" aria-label="${escapeHtml(finding, 1000)}">${inside}</svg>`;
}

/** Links keep their names, marks without a link become tips; axes are for the eye, as the finding says what they show. */
const slim = (svg: string): string =>
  svg
    .replace(/<path class="(?:foreground|background)"[^>]*\/>/g, '')
    .replace(/<text [^>]*opacity="0"[^>]*>[^<]*<\/text>/g, '')
    .replace(/(<g[^>]*) aria-label="[^"]*"/g, '$1')
    .replace(/ (?:role|aria-roledescription|aria-hidden|pointer-events|font-family)="[^"]*"/g, '')
    .replace(/ opacity="1"/g, '')
    // A mark for many boots links to none of them.
    .replace(/<a xlink:href="null">(<path [^>]*>(?:<\/path>)?)<\/a>/g, '$1')
    .replace(/<a xlink:href="([^"]*)"><path aria-label="([^"]*)"/g, '<a tabindex="-1" href="$1" aria-label="$2"><path')
    .replace(/<path aria-label="/g, '<path data-tip="')
    .replace(/<line aria-label="/g, '<line data-tip="')
    .replace(/<g class="mark-group role-axis"/g, '<g aria-hidden="true"')
    .replace(/ class="[^"]*"/g, '')
    .replace(/<g>(<\/g>)/g, '')
    .replace(/(-?\d+\.\d{2})\d+/g, '$1');
