/** Checks the findings of a rule in simulated histories against the truth. */
import type { SimulatedMetric } from './simulated-history.ts';

/** A change as a rule reports it: the start of the new level, and the night of the report. Positions in the series. */
export interface Claim {
  readonly first: number;
  readonly found: number;
}

export type Rule = (history: readonly SimulatedMetric[]) => readonly (readonly Claim[])[];

export interface StepScore {
  readonly steps: number;
  /** Reported on one of the first four nights of the step. */
  readonly withinFour: number;
  readonly foundEver: number;
  /** Of the found steps: placed on the right night, or one night off. */
  readonly located: number;
  readonly nightsToFind: readonly number[];
}

export interface Score {
  readonly metricYears: number;
  readonly falseChanges: number;
  readonly bySize: ReadonlyMap<number, StepScore>;
}

/** A claim belongs to a step if the rule makes it after the step and within ten nights of it: a rule may misplace a small step. */
const NEAR = 10;

export function score(history: readonly SimulatedMetric[], rule: Rule): Score {
  const bySize = new Map<number, StepScore>();
  let falseChanges = 0;
  let nights = 0;
  const claims = rule(history);
  history.forEach(({ series, step, at }, index) => {
    nights += (series.nights.at(-1) ?? 0) + 1;
    const own = claims[index] ?? [];
    const right = own.find(({ first, found }) => step !== 0 && found >= at && Math.abs(first - at) <= NEAR);
    falseChanges += own.length - (right ? 1 : 0);
    if (step === 0) return;
    const size = Math.round(100 * Math.max(step, 1 / (1 + step) - 1)) / 100;
    const sofar = bySize.get(size) ?? EMPTY;
    const wait = right === undefined ? undefined : right.found - at + 1;
    bySize.set(size, {
      steps: sofar.steps + 1,
      withinFour: sofar.withinFour + (wait !== undefined && wait <= 4 ? 1 : 0),
      foundEver: sofar.foundEver + (right ? 1 : 0),
      located: sofar.located + (right && Math.abs(right.first - at) <= 1 ? 1 : 0),
      nightsToFind: wait === undefined ? sofar.nightsToFind : [...sofar.nightsToFind, wait],
    });
  });
  return { metricYears: nights / 365.25, falseChanges, bySize };
}

const EMPTY: StepScore = { steps: 0, withinFour: 0, foundEver: 0, located: 0, nightsToFind: [] };

export function addScores(one: Score, two: Score): Score {
  const bySize = new Map(one.bySize);
  for (const [size, more] of two.bySize) {
    const sofar = bySize.get(size) ?? EMPTY;
    bySize.set(size, {
      steps: sofar.steps + more.steps,
      withinFour: sofar.withinFour + more.withinFour,
      foundEver: sofar.foundEver + more.foundEver,
      located: sofar.located + more.located,
      nightsToFind: [...sofar.nightsToFind, ...more.nightsToFind],
    });
  }
  return {
    metricYears: one.metricYears + two.metricYears,
    falseChanges: one.falseChanges + two.falseChanges,
    bySize,
  };
}
