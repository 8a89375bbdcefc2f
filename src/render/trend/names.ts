/** How the trend page names things: nights, effects, anchors of series and changes, links to runs. */
import type { Trend, TrendChange, TrendSeries } from '../../model/trend.ts';
import { anchor, type Html, html, shorten } from '../escape.ts';
import { percentChange, percentDecimals, percentInterval } from '../format.ts';
import { codeName } from '../page/parts.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `2 Feb 2026` */
export function nightText(night: string): string {
  const [year, month, day] = night.split('-').map(Number);
  return `${day} ${MONTHS[(month ?? 1) - 1]} ${year}`;
}

export const effectText = ({ effect }: TrendChange): string => percentChange(effect.estimate, percentDecimals(effect));

export const intervalText = ({ effect }: TrendChange): string => percentInterval(effect, percentDecimals(effect));

const keyOf = ({ scenario, candidate, metric }: Pick<TrendSeries, 'scenario' | 'candidate' | 'metric'>): string =>
  `${scenario}/${candidate}/${metric}`;

export const seriesAnchor = (series: Parameters<typeof keyOf>[0]): string => anchor('series', keyOf(series));

export const changeAnchor = (change: TrendChange): string => anchor('change', change.id);

/** A metric, with its scenario and candidate if the page has several of them. */
export function seriesName(trend: Trend, { scenario, candidate, metric }: Parameters<typeof keyOf>[0]): Html {
  const several = new Set(trend.series.map((each) => each.scenario)).size > 1;
  const candidates = new Set(trend.series.map((each) => each.candidate)).size > 1;
  const where = [...(several ? [scenario] : []), ...(candidates ? [candidate] : [])].join(', ');
  return html`${codeName(metric, 48)}${where === '' ? '' : html` <span class="muted small">${shorten(where, 60)}</span>`}`;
}

/** An address, or a plain path below or above the page; undefined for anything that could run code. */
export function safeLink(link: string | undefined): string | undefined {
  if (link === undefined || link.length > 2000) return undefined;
  if (/^https?:\/\/[^\s"'<>\\]+$/i.test(link)) return link;
  return /^[\w@.,+=~ /-]+$/.test(link) && !link.startsWith('//')
    ? link.split('/').map(encodeURIComponent).join('/')
    : undefined;
}

/** The part that tells an image from its neighbours: the last names of an id, the first digits of a hash. */
export function shortImage(image: string): string {
  const version = /([^/]+\/versions\/[^/]+)$/i.exec(image)?.[1];
  return version ?? (/^[0-9a-f]{40,}$/.test(image) ? image.slice(0, 12) : image);
}

/** The tooltip has the whole name. */
export const imageName = (image: string): Html =>
  html`<span class="image" data-tip="${shorten(image, 300)}">${codeName(shortImage(image), 60)}</span>`;

/** Links of runs by their ids, built once per page. */
export function runLinks(trend: Trend): ReadonlyMap<string, string> {
  const links = new Map<string, string>();
  for (const { points } of trend.series)
    for (const { run, link } of points) {
      const safe = safeLink(link);
      if (safe !== undefined) links.set(run, safe);
    }
  return links;
}

export function runLink(run: string, text: string, links: ReadonlyMap<string, string>): Html {
  const href = links.get(run);
  return href === undefined ? html`${text}` : html`<a href="${href}">${text}</a>`;
}
