/**
 * Are too many boots over a limit? One exact binomial test serves both kinds of budget. A quantile must stay below its limit ("p95 at
 * most 5 s": at most 5 % of boots take longer). A share budget limits the share of boots over the limit.
 *
 * Two claims, each with its own p, both from the chance of the count if exactly the allowed share of boots were over the limit.
 * *Exceeded*: a count this high would be rare. *Within*: a count this low would be rare. Else the budget is *inconclusive*.
 *
 * A value equal to the limit of a quantile counts for neither claim, so ties are on the safe side of both. Boots without a value count
 * against either claim, so each claim holds whatever values these boots would have had.
 *
 * Smallest reachable p: allowed^n for exceeded, (1 - allowed)^n for within.
 */
import { binomialAtLeast, binomialAtMost } from '../numbers/binomial.ts';

export interface Limit {
  /** The limit. */
  readonly us: number;
  /** The share of boots that may be over it: 1 - p for a quantile. */
  readonly allowed: number;
  readonly kind: 'quantile' | 'share';
}

/** A claim's p, and the smallest p that this many boots can give. */
export interface Claim {
  readonly p: number;
  readonly smallest: number;
}

export interface LimitTest {
  /** Values over the limit. */
  readonly over: number;
  /** Boots counted, including those without a value. */
  readonly n: number;
  readonly exceeded: Claim;
  readonly within: Claim;
}

export function testLimit(values: readonly number[], { us, allowed, kind }: Limit, lost = 0): LimitTest {
  const n = values.length + lost;
  const over = values.filter((value) => value > us).length;
  // A quantile counts boots at or over the limit. A share counts boots over it, as its declaration says "over".
  const notWithin = (kind === 'quantile' ? values.filter((value) => value >= us).length : over) + lost;
  return {
    over,
    n,
    exceeded: { p: binomialAtLeast(over, n, allowed), smallest: allowed ** n },
    within: { p: binomialAtMost(notWithin, n, allowed), smallest: (1 - allowed) ** n },
  };
}
