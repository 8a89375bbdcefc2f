/**
 * A simulated history: nights of 20 blocks at sigma .05, of 60 metrics, some of which make a lasting step on a known night.
 * The environment of the boots changes too: new hosts, a drifting region, a weekly wave, locks, nights without a run.
 */
import { type Random, seededRandom } from '../../src/model/random.ts';
import { effectOrder, hodgesLehmann } from '../../src/statistics/intervals/pairwise.ts';
import type { NightlySeries } from '../../src/statistics/trend/replay.ts';
import { boots, CLEAN_CELL, type Gaussian, gaussian } from '../benchmarks/synthetic.ts';

export interface SimulatedWorld {
  readonly nights: number;
  readonly metrics: number;
  /** Share of boots that wait for a lock. */
  readonly locks: number;
  /** Share of a boot's variance that is common to the boots of a block. */
  readonly hostShare: number;
  /** Steps that metrics make, in turn; 0 for none. */
  readonly steps: readonly number[];
}

export const USUAL_WORLD: SimulatedWorld = {
  nights: 400,
  metrics: 60,
  locks: 0.02,
  hostShare: 0.5,
  steps: [0, 0.02, 0.05, 0.1],
};

export interface SimulatedMetric {
  readonly series: NightlySeries;
  /** Median of the candidate's boots, in microseconds, of the same nights: the input of a rule without a reference. */
  readonly candidateUs: Float64Array;
  /** Signed; 0 for none. */
  readonly step: number;
  /** Position in the series of the first night on the new level. */
  readonly at: number;
}

/** Share of nights that are missing from the history: one in twenty. */
const MISSING = 0.05;
/** New hosts arrive about every three months, and are up to 10 % faster or slower. */
const HOST_LIFE = 90;
const HOST_CHANGE = 0.1;

export function simulateHistory(world: SimulatedWorld, seed: number): SimulatedMetric[] {
  const random = seededRandom(seed);
  const normal = gaussian(random);
  const conditions = conditionsOf(world, random);
  const nights = Int32Array.from(conditions.keys()).filter(() => random.next() >= MISSING);
  return Array.from({ length: world.metrics }, (_, index) => {
    const size = world.steps[index % world.steps.length] as number;
    const step = random.next() < 0.5 ? size : 1 / (1 + size) - 1;
    const at = 60 + random.below(nights.length - 100);
    return { ...simulateMetric(world, nights, conditions, step, at, random, normal), step, at };
  });
}

/** Logarithm of the environment's effect on every boot of a night. */
function conditionsOf(world: SimulatedWorld, random: Random): Float64Array {
  const conditions = new Float64Array(world.nights);
  let host = 0;
  for (let night = 0; night < world.nights; night++) {
    if (random.next() < 1 / HOST_LIFE) host = HOST_CHANGE * (2 * random.next() - 1);
    const season = 0.04 * Math.sin((2 * Math.PI * night) / 180);
    const week = 0.01 * Math.sin((2 * Math.PI * night) / 7);
    conditions[night] = host + season + week;
  }
  return conditions;
}

function simulateMetric(
  world: SimulatedWorld,
  nights: Int32Array,
  conditions: Float64Array,
  step: number,
  at: number,
  random: Random,
  normal: Gaussian,
): { series: NightlySeries; candidateUs: Float64Array } {
  const values = new Float64Array(nights.length);
  const candidateUs = new Float64Array(nights.length);
  nights.forEach((night, i) => {
    const cell = { ...CLEAN_CELL, hostShare: world.hostShare, locks: world.locks, effect: i >= at ? step : 0 };
    const { before, after } = boots({ ...cell, drift: 0.02 }, random, normal);
    const factor = Math.exp(conditions[night] as number);
    const sorted = { before: before.map((us) => us * factor).sort(), after: after.map((us) => us * factor).sort() };
    values[i] = Math.log(hodgesLehmann(effectOrder({ ...sorted, scale: 'ratio' }), 'ratio'));
    candidateUs[i] = ((sorted.after[9] as number) + (sorted.after[10] as number)) / 2;
  });
  return { series: { family: 'nightly', values, nights, breaks: [] }, candidateUs };
}
