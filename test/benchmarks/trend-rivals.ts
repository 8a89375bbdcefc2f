/**
 * Other tools' rules for a nightly series of raw times. Both report a change on the night when their rule first fires. They then stay
 * silent until the rule has stopped firing, so that a lasting change does not count every night.
 */
import { studentTail } from '../../src/statistics/numbers/gamma.ts';
import type { SimulatedMetric } from '../support/simulated-history.ts';
import type { Claim, Rule } from '../support/trend-score.ts';

/** Number of nights in each mean, and in the window of the test. */
const RECENT = 7;
const BEFORE = 30;

const onEach =
  (fires: (values: Float64Array, at: number) => boolean): Rule =>
  (history: readonly SimulatedMetric[]) =>
    history.map(({ candidateUs }) => {
      const claims: Claim[] = [];
      let isFiring = false;
      for (let at = 0; at < candidateUs.length; at++) {
        const now = fires(candidateUs, at);
        if (now && !isFiring) claims.push({ first: at - RECENT + 1, found: at });
        isFiring = now;
      }
      return claims;
    });

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Fires when the mean of the last seven nights differs by 10 % from that of the seven before. */
export const sevenNightMean = onEach((values, at) => {
  if (at + 1 < 2 * RECENT) return false;
  const recent = mean(values.subarray(at + 1 - RECENT, at + 1));
  const before = mean(values.subarray(at + 1 - 2 * RECENT, at + 1 - RECENT));
  return Math.abs(recent / before - 1) > 0.1;
});

/** Student's t of the last seven nights against the thirty before, p < .001. */
export const studentWindows = onEach((values, at) => {
  if (at + 1 < RECENT + BEFORE) return false;
  const recent = values.subarray(at + 1 - RECENT, at + 1);
  const before = values.subarray(at + 1 - RECENT - BEFORE, at + 1 - RECENT);
  const squares = (side: Float64Array) => {
    const centre = mean(side);
    return side.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  };
  const freedom = RECENT + BEFORE - 2;
  const spread = Math.sqrt((squares(recent) + squares(before)) / freedom);
  const t = (mean(recent) - mean(before)) / (spread * Math.sqrt(1 / RECENT + 1 / BEFORE));
  return 2 * studentTail(Math.abs(t), freedom) < 0.001;
});
