/**
 * Are too many boots over a limit? One exact binomial test for a quantile that must stay below it ("p95 at most 5 s": at most 5 % of
 * boots take longer) and for a share of boots that may be over it.
 *
 * Two claims, each with its own p. *Exceeded*: so many over the limit would be rare if the share over it were as allowed.
 * *Within*: so few would be rare if it were. Neither is the absence of the other: between them lies *inconclusive*.
 *
 * A value that equals the limit of a quantile counts for neither claim, so that ties are on the safe side of both. Boots that were
 * made and have no value count against either claim: each holds whatever they would have shown.
 *
 * Smallest reachable p: allowed^n for exceeded, (1 - allowed)^n for within.
 */
import { binomialAtLeast, binomialAtMost } from '../numbers/binomial.ts';

export interface Limit {
  /** The value that is checked against the boots. */
  readonly us: number;
  /** The share of boots that may be over it: 1 - p for a quantile. */
  readonly allowed: number;
  readonly kind: 'quantile' | 'share';
}

/** A claim's p, and the smallest that so many boots can give. */
export interface Claim {
  readonly p: number;
  readonly smallest: number;
}

export interface LimitTest {
  /** Values over the limit. */
  readonly over: number;
  /** Boots that count, those without a value included. */
  readonly n: number;
  readonly exceeded: Claim;
  readonly within: Claim;
}

export function testLimit(values: readonly number[], { us, allowed, kind }: Limit, lost = 0): LimitTest {
  const n = values.length + lost;
  const over = values.filter((value) => value > us).length;
  // Of a quantile, the boots that are not below; of a share, those that are over: "over" is the word it is declared with.
  const notWithin = (kind === 'quantile' ? values.filter((value) => value >= us).length : over) + lost;
  return {
    over,
    n,
    exceeded: { p: binomialAtLeast(over, n, allowed), smallest: allowed ** n },
    within: { p: binomialAtMost(notWithin, n, allowed), smallest: (1 - allowed) ** n },
  };
}
