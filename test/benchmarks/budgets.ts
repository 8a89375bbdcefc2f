/** Simulates the claims on budgets and on intervals of quantiles: boots of a known distribution, with known true quantiles. */
import { type Random, seededRandom } from '../../src/model/random.ts';
import { type Held, judgeTogether } from '../../src/statistics/budgets/judge.ts';
import { normalQuantile } from '../../src/statistics/numbers/normal.ts';
import { quantileBounds } from '../../src/statistics/quantiles/interval.ts';

/** A distribution of boot times, by its quantile function: continuous from the left, so that `at(p)` is the true p-quantile. */
export interface Shape {
  readonly name: string;
  at(share: number): number;
}

const logNormal = (share: number): number => 40 * Math.exp(0.1 * normalQuantile(share));
/** Nine of ten boots do not wait, so that p90 lies at the very end of the first mode. */
const LOCKED_FROM = 0.9;

/** Without tails, so that a mode has an end. */
const bounded = (share: number): number => logNormal(0.001 + 0.998 * share);

export const SHAPES: readonly Shape[] = [
  { name: 'log-normal .10', at: logNormal },
  // About seven distinct values: most boots tie with the quantile.
  { name: 'ties, 3 s steps', at: (share) => 3 * Math.round(logNormal(share) / 3) },
  {
    name: 'two modes, 10 %',
    at: (share) =>
      share <= LOCKED_FROM ? bounded(share / LOCKED_FROM) : 60 + bounded((share - LOCKED_FROM) / (1 - LOCKED_FROM)),
  },
];

/** Uniform in the open interval (0, 1), so that neither end occurs. */
const share = (random: Random): number => random.next() + 2 ** -33;

const draw = (shape: Shape, boots: number, random: Random): number[] =>
  Array.from({ length: boots }, () => shape.at(share(random)));

export interface FalseClaims {
  readonly exceeded: number;
  readonly within: number;
}

/** A budget exactly at the true quantile: how often the judgement is `exceeded`, and how often `within`. */
export function atTheQuantile(
  shape: Shape,
  quantile: number,
  boots: number,
  runs: number,
  seed: number,
  alpha = 0.05,
): FalseClaims {
  const random = seededRandom(seed);
  const limit = { us: shape.at(quantile), allowed: 1 - quantile, kind: 'quantile' } as const;
  return counted(runs, () => judgeTogether([{ values: draw(shape, boots, random), lost: 0, limit }], alpha));
}

/** A budget whose true share of slow boots is exactly the allowed share. */
export function atTheShare(allowed: number, boots: number, runs: number, seed: number, alpha = 0.05): FalseClaims {
  const random = seededRandom(seed);
  const limit = { us: 1 - allowed, allowed, kind: 'share' } as const;
  const values = () => Array.from({ length: boots }, () => share(random));
  return counted(runs, () => judgeTogether([{ values: values(), lost: 0, limit }], alpha));
}

/** Budgets of one run, each exactly at its quantile, of metrics that share half of their spread or none: how often any claim is false. */
export function family(
  size: number,
  boots: number,
  runs: number,
  seed: number,
  shared: number,
  alpha = 0.05,
): FalseClaims {
  const random = seededRandom(seed);
  const quantiles = [0.5, 0.9, 0.95];
  return counted(runs, () => {
    const common = Array.from({ length: boots }, () => random.next());
    const budgets = Array.from({ length: size }, (_, i): Held => {
      const shape = SHAPES[i % SHAPES.length] as Shape;
      const quantile = quantiles[(i + Math.floor(i / SHAPES.length)) % quantiles.length] as number;
      // A boot draws one value for all of its steps with probability `shared`, else one value per step.
      const values = common.map((slow) => shape.at(random.next() < shared ? slow + 2 ** -33 : share(random)));
      return { values, lost: 0, limit: { us: shape.at(quantile), allowed: 1 - quantile, kind: 'quantile' } };
    });
    return judgeTogether(budgets, alpha);
  });
}

function counted(runs: number, judge: () => ReturnType<typeof judgeTogether>): FalseClaims {
  let exceeded = 0;
  let within = 0;
  for (let run = 0; run < runs; run++) {
    const verdicts = judge().map(({ verdict }) => verdict);
    if (verdicts.includes('exceeded')) exceeded++;
    if (verdicts.includes('within')) within++;
  }
  return { exceeded: exceeded / runs, within: within / runs };
}

/** How often the interval contains the true quantile. A bound that n does not allow excludes nothing. */
export function quantileCoverage(
  shape: Shape,
  quantile: number,
  boots: number,
  runs: number,
  seed: number,
  alpha = 0.05,
): number {
  const random = seededRandom(seed);
  const truth = shape.at(quantile);
  let covered = 0;
  for (let run = 0; run < runs; run++) {
    const sorted = draw(shape, boots, random).sort((a, b) => a - b);
    const { low, high } = quantileBounds(sorted, quantile, { low: alpha / 2, high: alpha / 2 });
    if ((low ?? Number.NEGATIVE_INFINITY) <= truth && truth <= (high ?? Number.POSITIVE_INFINITY)) covered++;
  }
  return covered / runs;
}
