/** How many boots a budget needs, and which claims the planned boots allow. */
import { binomialAtLeast, binomialAtMost } from '../numbers/binomial.ts';

/** No run this program would start is larger. */
const MOST_BOOTS = 10_000;

/** Fewest boots that allow the claim "within", if none of them is over the limit. 59 for 5 % at .05, 29 for 10 %. */
export const bootsForWithin = (allowed: number, level: number): number =>
  Math.ceil(Math.log(level) / Math.log1p(-allowed) - 1e-9);

/** Fewest boots that allow the claim "exceeded", if all of them are over the limit. */
export const bootsForExceeded = (allowed: number, level: number): number =>
  Math.ceil(Math.log(level) / Math.log(allowed) - 1e-9);

/** The claims that `n` boots allow. */
export interface Reach {
  /** Most boots over the limit for the claim "within"; null if no count allows it. */
  readonly withinUpTo: number | null;
  /** Fewest boots over the limit for the claim "exceeded"; null if no count allows it. */
  readonly exceededFrom: number | null;
}

export function reachOf(n: number, allowed: number, level: number): Reach {
  let within = -1;
  while (within < n && binomialAtMost(within + 1, n, allowed) <= level) within++;
  let exceeded = n + 1;
  while (exceeded > 0 && binomialAtLeast(exceeded - 1, n, allowed) <= level) exceeded--;
  return { withinUpTo: within < 0 ? null : within, exceededFrom: exceeded > n ? null : exceeded };
}

/**
 * Boots that would settle an inconclusive budget if the share over its limit stays at `over` / `n`; null if that share is
 * about the allowed share, which no number of boots settles.
 */
export function bootsToSettle(over: number, n: number, allowed: number, level: number): number | null {
  const least = Math.max(n + 1, Math.min(bootsForWithin(allowed, level), bootsForExceeded(allowed, level)));
  const seen = n === 0 ? 0 : over / n;
  const isWithin = seen < allowed;
  const settles = (boots: number) =>
    isWithin
      ? binomialAtMost(Math.ceil(seen * boots - 1e-9), boots, allowed) <= level
      : binomialAtLeast(Math.floor(seen * boots + 1e-9), boots, allowed) <= level;
  if (seen === allowed || !settles(MOST_BOOTS)) return null;
  // Counts are whole, so a few more boots may settle less. Hence the linear search for the first number that settles it.
  for (let boots = least; boots < MOST_BOOTS; boots++) if (settles(boots)) return boots;
  return null;
}
