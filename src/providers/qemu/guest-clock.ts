/** The date of a guest's boot, by the guest's own clock. */

/**
 * Noon, UTC, of the first Thursday (weeks since 1970) after the last change of any image: later than all files in them, far from
 * midnight's timers. The step is a week, not a day: another date moves stamps by a percent. With a step of a day, each new image of
 * one variant would invalidate the stored boots of all others.
 */
export function clockBaseOf(changedAtS: readonly number[]): string {
  const week = Math.floor(Math.max(0, ...changedAtS) / (7 * 86_400)) + 1;
  return new Date((week * 7 * 24 + 12) * 3_600_000).toISOString().slice(0, 19);
}

/** Moves the date forward, so that all stamps of a machine's last boot are older than this boot. */
export const hoursLater = (clockBase: string, hours: number): string =>
  new Date(Date.parse(`${clockBase}Z`) + hours * 3_600_000).toISOString().slice(0, 19);
