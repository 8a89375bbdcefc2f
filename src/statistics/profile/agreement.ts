/** Whether the critical path would have said what the experiment says. */
import type { Shift } from '../../model/profile.ts';
import type { Us } from '../../model/units.ts';

/** The path foretells max(0, dose - slack); it agrees within a fourth of the dose, or within the noise. */
const WITHIN = 0.25;

export function agrees(seen: {
  /** By the baseline's record alone; undefined where nothing that decides is known to wait for the item. */
  readonly slackUs: Us | undefined;
  /** The path names it as work beside it: then a delay may make the boot faster. */
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
