/** How bench forms a proposed limit, whatever its source. */
import { metricIdOf, nameIn } from '../../model/ids.ts';

/** Share above the measured value: what another day may cost. */
export const HEAD_ROOM = 0.2;
export const LEVEL = 0.05;

/** With head-room, rounded up to two figures: `13s`, `250ms`. */
export function limitText(us: number): string {
  const wanted = Math.max(1000, us * (1 + HEAD_ROOM));
  const step = 10 ** (Math.floor(Math.log10(wanted)) - 1);
  const limit = Math.ceil(wanted / step - 1e-9) * step;
  return limit >= 1e6 ? `${Number((limit / 1e6).toFixed(1))}s` : `${Math.round(limit / 1000)}ms`;
}

const WHOLE = new Set(['total', 'start'].map((name) => metricIdOf('task', name)));

/** One step of provisioning, not the whole. */
export const isStep = (metric: string): boolean => nameIn('task', metric) !== undefined && !WHOLE.has(metric);

/** One limit for all steps, from the longest. */
export function stepsLine(ends: readonly { readonly id: string; readonly us: number }[]): string[] {
  const [longest] = ends.toSorted((a, b) => b.us - a.us);
  return longest === undefined
    ? []
    : [`  ${metricIdOf('task', '*')}: {median: ${limitText(longest.us)}}    # each step; the longest is ${longest.id}`];
}
