/**
 * `bench calibrate`: what a history of A/A runs (a variant against itself) says about this gate: the false-alarm rate seen so
 * far, with its Clopper-Pearson interval, and the block spread per metric that `bench plan` starts from.
 */
import { median } from 'simple-statistics';
import type { Comparison } from '../model/comparison.ts';
import type { Samples } from '../model/samples.ts';
import { clopperPearson, type Share } from './counts.ts';
import { arrange, bootsOf, observationsOf } from './observations.ts';

export interface AaRun {
  readonly samples: Samples;
  readonly comparison: Comparison;
}

export interface Calibration {
  readonly runs: number;
  /** Runs in which any gate metric was called slower or faster, or the variant broken. */
  readonly alarms: number;
  readonly rate: Share;
  readonly metrics: readonly MetricCalibration[];
}

export interface MetricCalibration {
  readonly metric: string;
  readonly gate: boolean;
  /** Times tested, and times p was at most alpha. */
  readonly tests: number;
  readonly alarms: number;
  readonly rate: Share;
  /** Standard deviation of within-block log-differences, pooled over the runs; null where no run has two blocks. */
  readonly sigma: number | null;
  /** The same from median absolute deviations: what it would be without the rare slow boot. */
  readonly robustSigma: number | null;
  readonly blocks: number;
}

export function calibrate(history: readonly AaRun[]): Calibration {
  const alarms = history.filter(({ comparison }) =>
    comparison.metrics.some((metric) => metric.gate && alarming(metric.verdict)),
  ).length;
  const names = [...new Set(history.flatMap(({ comparison }) => comparison.metrics.map((metric) => metric.metric)))];
  return {
    runs: history.length,
    alarms,
    rate: clopperPearson(alarms, history.length),
    metrics: names.map((name) => calibrateMetric(name, history)),
  };
}

function calibrateMetric(name: string, history: readonly AaRun[]): MetricCalibration {
  const results = history.flatMap(({ comparison }) =>
    comparison.metrics.flatMap((metric) =>
      metric.metric === name && metric.p !== null ? [{ ...metric, alpha: comparison.alpha }] : [],
    ),
  );
  const alarms = results.filter((result) => (result.p ?? 1) <= result.alpha).length;
  const differences = history.flatMap(({ samples }) => blockLogDifferences(samples, name));
  return {
    metric: name,
    gate: results.some((result) => result.gate),
    tests: results.length,
    alarms,
    rate: clopperPearson(alarms, results.length),
    ...blockSpread(differences),
    blocks: differences.reduce((sum, run) => sum + run.length, 0),
  };
}

/** Within-block log-differences of every candidate against the baseline, one list per candidate; none where a value is not above 0. */
export function blockLogDifferences(samples: Samples, metric: string): number[][] {
  const before = observationsOf(bootsOf(samples, samples.baseline), metric);
  return samples.candidates.map((candidate) => {
    const arranged = arrange(before, observationsOf(bootsOf(samples, candidate), metric), true);
    const pairs = Array.from(arranged.before, (x, b) => [x, arranged.after[b] ?? 0] as const);
    return pairs.every(([x, y]) => x > 0 && y > 0) ? pairs.map(([x, y]) => Math.log(y / x)) : [];
  });
}

/** Spread around each list's own centre, so that a run whose variants really differ (a pilot) serves as well. */
export function blockSpread(runs: readonly (readonly number[])[]): {
  sigma: number | null;
  robustSigma: number | null;
} {
  let squares = 0;
  let freedom = 0;
  const deviations: number[] = [];
  for (const run of runs) {
    if (run.length < 2) continue;
    const mean = run.reduce((sum, value) => sum + value, 0) / run.length;
    const centre = median([...run]);
    for (const value of run) {
      squares += (value - mean) ** 2;
      deviations.push(Math.abs(value - centre));
    }
    freedom += run.length - 1;
  }
  if (freedom === 0) return { sigma: null, robustSigma: null };
  return { sigma: Math.sqrt(squares / freedom), robustSigma: median(deviations) * NORMAL_MAD };
}

/** The median absolute deviation of a normal times this is its standard deviation. */
const NORMAL_MAD = 1.4826022185056018;

const alarming = (verdict: string): boolean => verdict === 'slower' || verdict === 'faster' || verdict === 'broken';
