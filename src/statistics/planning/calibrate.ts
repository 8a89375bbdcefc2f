/**
 * `bench calibrate` evaluates a history of A/A runs (a variant against itself). It reports the false-alarm rate of the gate so far,
 * with its Clopper-Pearson interval, and the block spread per metric, which `bench plan` uses.
 */
import type { Comparison } from '../../model/comparison.ts';
import type { Samples } from '../../model/samples.ts';
import type { Verdict } from '../../model/verdict.ts';
import { arrange, bootsOf, observationsOf } from '../observations.ts';
import type { BlockValues } from '../tests/blocked.ts';
import { clopperPearson, type Share } from '../tests/counts.ts';
import { pooledDeviation, pooledSpread } from './spread.ts';

export interface AaRun {
  readonly samples: Samples;
  readonly comparison: Comparison;
}

export interface Calibration {
  readonly runs: number;
  /** Runs with the verdict slower, faster or broken for any gate metric. */
  readonly alarms: number;
  readonly rate: Share;
  readonly metrics: readonly MetricCalibration[];
}

export interface MetricCalibration {
  readonly metric: string;
  readonly gate: boolean;
  /** Number of tests, and of tests with p at most alpha. */
  readonly tests: number;
  readonly alarms: number;
  readonly rate: Share;
  /** Standard deviation of within-block log-differences, pooled over the runs; null if no run has two blocks. */
  readonly sigma: number | null;
  /** The spread that determines the gate test's interval. A rare slow boot widens it far less; `bench plan` uses it. */
  readonly feltSigma: number | null;
  readonly blocks: number;
}

export function calibrate(history: readonly AaRun[]): Calibration {
  const alarms = history.filter(({ comparison }) =>
    comparison.metrics.some((metric) => metric.gate && isAlarm(metric.verdict)),
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
  const runs = history.flatMap(({ samples }) => pairedBlocks(samples, name));
  return {
    metric: name,
    gate: results.some((result) => result.gate),
    tests: results.length,
    alarms,
    rate: clopperPearson(alarms, results.length),
    sigma: pooledDeviation(runs),
    feltSigma: pooledSpread(runs),
    blocks: runs.reduce((sum, { before }) => sum + before.length, 0),
  };
}

/** Blocks of every candidate with the baseline, without the candidates that have a value not above 0. */
export function pairedBlocks(samples: Samples, metric: string): BlockValues[] {
  const before = observationsOf(bootsOf(samples, samples.baseline), metric);
  return samples.candidates
    .map((candidate) => arrange(before, observationsOf(bootsOf(samples, candidate), metric), true))
    .filter((blocks) => [...blocks.before, ...blocks.after].every((us) => us > 0));
}

/** A verdict that is false whenever a run compares an image with itself. */
export const isAlarm = (verdict: Verdict): boolean =>
  verdict === 'slower' || verdict === 'faster' || verdict === 'broken';
