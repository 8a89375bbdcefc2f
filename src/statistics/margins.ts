/**
 * The margins that a change must exceed to matter: those that the metric declares, else those of the strictest gate. No other metric
 * is then equivalent for a change that would fail a gate.
 */
import type { MetricDeclaration } from '../model/samples.ts';
import { type Us, us } from '../model/units.ts';

export type Declared = MetricDeclaration & { readonly floorUs: Us; readonly equivalenceMargin: number };

const DEFAULT_FLOOR_US = us(100_000);
const DEFAULT_MARGIN = 0.05;

export function withMargins(metrics: readonly MetricDeclaration[]): Declared[] {
  const gates = metrics.filter(({ gate }) => gate).map((gate) => complete(gate, DEFAULT_FLOOR_US, DEFAULT_MARGIN));
  const floorUs = gates.length === 0 ? DEFAULT_FLOOR_US : us(Math.min(...gates.map((gate) => gate.floorUs)));
  const margin = gates.length === 0 ? DEFAULT_MARGIN : Math.min(...gates.map((gate) => gate.equivalenceMargin));
  return metrics.map((metric) =>
    metric.gate ? complete(metric, DEFAULT_FLOOR_US, DEFAULT_MARGIN) : complete(metric, floorUs, margin),
  );
}

const complete = (metric: MetricDeclaration, floorUs: Us, equivalenceMargin: number): Declared => ({
  ...metric,
  floorUs: metric.floorUs ?? floorUs,
  equivalenceMargin: metric.equivalenceMargin ?? equivalenceMargin,
});
