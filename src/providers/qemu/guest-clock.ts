/** When a guest believes that it boots. */

/**
 * Noon, UTC, of the first Thursday (weeks since 1970) after the last image was made: later than all that is in them, far from
 * midnight's timers. A week and not a day: another date moves stamps by a percent, so that with every new image of one variant the
 * boots of all others would have to be made again.
 */
export function clockBaseOf(changedAtS: readonly number[]): string {
  const week = Math.floor(Math.max(0, ...changedAtS) / (7 * 86_400)) + 1;
  return new Date((week * 7 * 24 + 12) * 3_600_000).toISOString().slice(0, 19);
}

/** So that what a machine stamped in its last boot is older than all of this one. */
export const hoursLater = (clockBase: string, hours: number): string =>
  new Date(Date.parse(`${clockBase}Z`) + hours * 3_600_000).toISOString().slice(0, 19);
