/** Whether the critical path predicts the result of the experiment. */
import type { Shift } from '../../model/profile.ts';
import type { Us } from '../../model/units.ts';

/** The path predicts max(0, dose - slack); it agrees within a fourth of the dose, or within the noise. */
const WITHIN = 0.25;

export function agrees(seen: {
  /** From the baseline's record alone; undefined if nothing that decides the end is known to wait for the item. */
  readonly slackUs: Us | undefined;
  /** The path lists the item as work in parallel with it: a delay may then make the boot faster. */
  readonly competes: boolean;
  readonly deliveredUs: Us;
  readonly shift: Shift;
}): boolean {
  const { slackUs, competes, deliveredUs, shift } = seen;
  const foretold = slackUs === undefined ? 0 : Math.max(0, deliveredUs - slackUs);
  if (competes && shift.estimate < 0) return true;
  const noise = (shift.high - shift.low) / 2;
  return Math.abs(shift.estimate - foretold) <= Math.max(WITHIN * deliveredUs, noise);
}
