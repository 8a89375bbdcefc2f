/**
 * Runs with one variant, night by night. Their times are raw and include the effects of a host, a region or an hour. So bench lists them
 * and looks for no change. That takes a run with a reference beside the night's image.
 */
import type { HistoryAlone, HistoryRun } from '../../model/history.ts';
import type { TrendAlone } from '../../model/trend.ts';
import type { Findings } from '../derive/findings.ts';

export const isAlone = ({ candidates }: HistoryRun): boolean => candidates.length === 0;

/** The metrics in the line of such a run. */
export function aloneMetrics({ samples, comparison: { descriptions = [], budgets = [] } }: Findings): HistoryAlone[] {
  const definitions = definitionsOf(samples);
  return descriptions.map(({ metric, gate, n, quantiles: [median, p90] }) => {
    const verdicts = budgets.filter((budget) => budget.metric === metric).map(({ verdict }) => verdict);
    return {
      metric,
      gate,
      ...definitions(metric),
      n,
      medianUs: median?.estimateUs ?? null,
      lowUs: median?.lowUs ?? null,
      highUs: median?.highUs ?? null,
      p90Us: p90?.estimateUs ?? null,
      ...(verdicts.length > 0 && { budgets: verdicts }),
    };
  });
}

/** The definition of a metric in a line: absent if it is the first. */
export function definitionsOf({ metrics }: Findings['samples']): (id: string) => { readonly definition?: number } {
  const known = new Map(metrics.map(({ id, definition }) => [id, definition]));
  return (id) => {
    const definition = known.get(id);
    return definition === undefined ? {} : { definition };
  };
}

/** In the order of names, gates first. */
export function aloneSeries(runs: readonly HistoryRun[]): TrendAlone[] {
  const found = new Map<string, TrendAlone>();
  for (const run of runs)
    for (const { metric, gate, definition: _, ...figures } of run.alone ?? []) {
      const names = { scenario: run.scenario.name, variant: run.reference.variant, metric };
      const key = Object.values(names).join('\n');
      const series = found.get(key) ?? { ...names, gate, points: [] };
      const { night, id, link, reference } = run;
      const point = { night, run: id, ...(link !== undefined && { link }), image: reference.image, ...figures };
      found.set(key, { ...series, gate, points: [...series.points, point] });
    }
  const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return [...found.values()].sort(
    (a, b) =>
      order(a.scenario, b.scenario) ||
      order(a.variant, b.variant) ||
      Number(b.gate) - Number(a.gate) ||
      order(a.metric, b.metric),
  );
}
