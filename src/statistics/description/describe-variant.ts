/**
 * Describes one variant by itself: its boot times, their confidence intervals and their spread. It compares nothing.
 *
 * Quantiles have distribution-free intervals at 1 - alpha (`quantiles/interval.ts`). The unit is the block: the code first averages
 * reboots of one machine to one value. The spread is the standard deviation of the logarithm from block to block.
 */
import { mean, medianAbsoluteDeviation, sampleStandardDeviation } from 'simple-statistics';
import type { MetricDescription, QuantileEstimate } from '../../model/description.ts';
import { us, usOrNull } from '../../model/units.ts';
import type { ComparisonWarning } from '../../model/verdict.ts';
import type { Declared } from '../margins.ts';
import { rounded, roundedOrNull, roundedUs } from '../numbers/rounding.ts';
import { machineValues, type Observation, observationsOf, type VariantBoots } from '../observations.ts';
import { quantileBounds, quantileEstimate, quantileNeeds } from '../quantiles/interval.ts';
import type { DipTest } from '../shape/dip.ts';
import { slowFrom } from '../shape/tails.ts';
import { clopperPearson } from '../tests/counts.ts';

/** Quantiles of every metric. */
const DESCRIBED = [0.5, 0.9, 0.95];

/** At this level at most one metric in a hundred gets a false warning. */
const BIMODAL_P = 0.01;

export function describeVariant(
  metrics: readonly Declared[],
  boots: VariantBoots,
  { alpha, dip }: { readonly alpha: number; readonly dip: DipTest },
): MetricDescription[] {
  return metrics.map((declared) => {
    const observations = observationsOf(boots, declared.id);
    const sorted = machineValues(observations).sort((a, b) => a - b);
    const within = spreadWithin(observations);
    const quantiles = sorted.length === 0 ? [] : DESCRIBED.map((quantile) => estimateOf(sorted, quantile, alpha));
    return {
      metric: declared.id,
      variant: boots.variant,
      gate: declared.gate,
      n: sorted.length,
      missing: boots.usable.length - observations.length,
      madUs: sorted.length < 2 ? null : roundedUs(medianAbsoluteDeviation(sorted)),
      quantiles,
      spread: logSpread(sorted),
      ...(within !== null && { spreadWithin: within }),
      ...(declared.gate && shapeOf(declared, sorted, dip)),
      warnings: warningsOf(declared, boots, observations, sorted, dip),
    };
  });
}

/** With bounds at `alpha / 2` each. `sorted` holds at least one value. */
export function estimateOf(sorted: number[], quantile: number, alpha: number): QuantileEstimate {
  const levels = { low: alpha / 2, high: alpha / 2 };
  const { low, high } = quantileBounds(sorted, quantile, levels);
  return {
    quantile,
    estimateUs: roundedUs(quantileEstimate(sorted, quantile)),
    lowUs: usOrNull(roundedOrNull(low)),
    highUs: usOrNull(roundedOrNull(high)),
    confidence: rounded(1 - alpha),
    ...((low === null || high === null) && { needs: quantileNeeds(quantile, levels) }),
  };
}

function shapeOf({ slowUs }: Declared, sorted: number[], dip: DipTest): Pick<MetricDescription, 'oneModeP' | 'slow'> {
  if (sorted.length === 0) return {};
  const oneModeP = dip(sorted);
  const { limit, threshold } = slowFrom(sorted, isBimodal(oneModeP), slowUs);
  const over = sorted.filter((value) => value > limit).length;
  const { low, high } = clopperPearson(over, sorted.length);
  const share = { low: rounded(low), high: rounded(high) };
  return { oneModeP, slow: { thresholdUs: roundedUs(limit), threshold, over, share } };
}

const isBimodal = (p: number | null): boolean => p !== null && p <= BIMODAL_P;

function logSpread(values: readonly number[]): number | null {
  if (values.length < 2 || values.some((value) => value <= 0)) return null;
  return rounded(sampleStandardDeviation(values.map(Math.log)));
}

/** Pooled over the machines with several reboots; null if there are none. */
function spreadWithin(observations: readonly Observation[]): number | null {
  const machines = [...new Set(observations.flatMap(({ machine }) => (machine === '' ? [] : [machine])))];
  const several = machines
    .map((name) => observations.filter(({ machine }) => machine === name))
    .filter((boots) => boots.length > 1);
  if (several.length === 0 || observations.some((each) => each.us <= 0)) return null;
  const squares = several.flatMap((boots) => {
    const logs = boots.map((boot) => Math.log(boot.us));
    const middle = mean(logs);
    return logs.map((value) => (value - middle) ** 2);
  });
  const freedom = squares.length - several.length;
  return rounded(Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / freedom));
}

/** A boot this many times the median gets a warning; the analysis keeps it. */
const OUTLIER = 10;

function warningsOf(
  declared: Declared,
  boots: VariantBoots,
  observations: readonly Observation[],
  sorted: readonly number[],
  dip: DipTest,
): ComparisonWarning[] {
  const missing = boots.usable.length - observations.length;
  const middle = us(sorted[Math.floor(sorted.length / 2)] ?? 0);
  const slowest = sorted.at(-1) ?? 0;
  const errorUs = Math.max(0, ...observations.map((each) => each.errorUs));
  const warnings: (ComparisonWarning | false)[] = [
    missing > 0 && { code: 'missing-values', text: `Missing in ${missing} of ${boots.usable.length} sound boots.` },
    sorted.length < observations.length && {
      code: 'machines-averaged',
      text: `${observations.length} reboots of ${sorted.length} machines: the reboots of each machine are averaged, and the figures describe machines.`,
    },
    sorted.length > 1 &&
      sorted[0] === slowest &&
      declared.gate && { code: 'identical', text: 'All boots took the same time.' },
    middle > 0 &&
      slowest > OUTLIER * middle && {
        code: 'outlier',
        text: `The slowest boot is ${Math.round(slowest / middle)} times the median; no outlier is dropped.`,
      },
    isBimodal(dip(sorted)) && {
      code: 'several-modes',
      text: 'The distribution is multimodal (dip test): inspect it before trusting the median.',
    },
    slowest > 0 &&
      errorUs > slowest && {
        code: 'below-clock-error',
        text: `The values are smaller than the clock error of one (${Math.round(errorUs)} us).`,
      },
  ];
  return warnings.filter((warning) => warning !== false);
}
