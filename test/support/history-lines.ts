/** Complete lines of a history for tests, each of which changes only the fields that it checks. */

import type { HistoryMetric, HistoryRun } from '../../src/model/history.ts';
import { us } from '../../src/model/units.ts';

export const metricLine = (metric: string, logRatio: number, more: Partial<HistoryMetric> = {}): HistoryMetric => ({
  metric,
  candidate: 'after',
  gate: true,
  verdict: 'inconclusive',
  logRatio: { estimate: logRatio, low: logRatio - 0.03, high: logRatio + 0.03, blocks: 20, spread: 0.05 },
  referenceUs: us(40_000_000),
  candidateUs: us(Math.round(40_000_000 * Math.exp(logRatio))),
  ...more,
});

/** The run of one night; `image` is the candidate's. */
export function runLine(night: string, more: Partial<HistoryRun> & { readonly image?: string } = {}): HistoryRun {
  const { image = `image-${night}`, ...rest } = more;
  const side = { boots: 20, failed: 0, broken: 0 };
  return {
    schema: 'bench/history@1',
    kind: 'run',
    id: `nightly-${night}`,
    night,
    at: `${night}T02:00:00Z`,
    tool: 'bench 0.1.0',
    scenario: { name: 'nightly', sha256: '0'.repeat(64), definition: '1'.repeat(64) },
    reference: { variant: 'before', image: 'image-reference', source: { file: 'reference.qcow2' }, ...side },
    candidates: [{ variant: 'after', image, source: { file: `${image}.qcow2` }, ...side }],
    verdict: 'inconclusive',
    calibration: { aa: false, unproven: false, alpha: 0.05, seed: 1 },
    facts: { provider: 'qemu', accelerator: 'tcg' },
    metrics: [metricLine('boot.target', 0)],
    ...rest,
  };
}

/** `count` days, beginning with `first`, such as `2026-01-01`. */
export const nightsFrom = (first: string, count: number): string[] =>
  Array.from({ length: count }, (_, day) =>
    new Date(Date.parse(`${first}T00:00:00Z`) + day * 86_400_000).toISOString().slice(0, 10),
  );
