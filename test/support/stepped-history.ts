/** A history with one step, and the result of booting the two images around it. */
import type { HistoryConfirmation, HistoryLine } from '../../src/model/history.ts';
import type { TrendChange } from '../../src/model/trend.ts';
import { us } from '../../src/model/units.ts';
import { trendOf } from '../../src/stages/history/trend.ts';
import { metricLine, nightsFrom, runLine } from './history-lines.ts';

export interface Stepped {
  readonly nights?: number;
  /** The first night with the slower image, counted from 0; and the first night on which the image is as before again. */
  readonly slowerFrom?: number;
  readonly repairedFrom?: number;
  /** Names of the scenario, the metric and the images. */
  readonly names?: Partial<Record<'scenario' | 'metric' | 'image', string>>;
}

/** 30 nights, 10 % slower from the 16th on; a second metric becomes slower with it, by 30 %. */
export function steppedHistory({
  nights = 30,
  slowerFrom = 15,
  repairedFrom = nights,
  names = {},
}: Stepped = {}): HistoryLine[] {
  const { scenario = 'nightly', metric = 'node.ready', image = 'image' } = names;
  return nightsFrom('2026-01-01', nights).map((night, index) => {
    const step = index >= slowerFrom && index < repairedFrom ? 1 : 0;
    // A small deviation: two nights are never exactly alike.
    const wobble = 0.004 * ((index % 3) - 1);
    return runLine(night, {
      image: `${image}-${night}`,
      scenario: { name: scenario, sha256: '0'.repeat(64), definition: '1'.repeat(64) },
      metrics: [
        metricLine(metric, 0.095 * step + wobble),
        metricLine('unit.containerd.service', 0.26 * step - wobble, { gate: false }),
      ],
    });
  });
}

/** The change in the gate. */
export function changeIn(lines: readonly HistoryLine[]): TrendChange {
  const { changes } = trendOf({ lines, damaged: [] });
  const change = changes.find(({ gate, direction }) => gate && direction === 'slower');
  if (!change) throw new Error(`no change was found: ${JSON.stringify(changes.map(({ id }) => id))}`);
  return change;
}

export const confirmation = (
  change: Pick<TrendChange, 'id' | 'images'>,
  outcome: HistoryConfirmation['outcome'],
  more: Partial<HistoryConfirmation> = {},
): HistoryConfirmation => ({
  schema: 'bench/history@1',
  kind: 'confirmation',
  id: `confirm-${outcome}`,
  at: '2026-02-01T03:00:00Z',
  change: change.id,
  outcome,
  ...change.images,
  ratio: { estimate: 1.098, low: 1.081, high: 1.116, confidence: 0.95 },
  attribution: [
    { item: 'unit:containerd.service', us: us(3_120_000) },
    { item: 'task:configureCNI', us: us(640_000) },
  ],
  verdict: outcome === 'confirmed' ? 'slower' : outcome === 'refuted' ? 'equivalent' : 'inconclusive',
  ...more,
});
