/**
 * Clocks are types. Four clocks meet in a boot, and instants of different clocks are never subtracted: they are first
 * translated by a link, two clocks read at one moment, whose error travels with the value.
 *
 *   controller   monotonic clock of the machine that runs bench; outside events
 *   monotonic    the guest's CLOCK_MONOTONIC, zero at kernel start; units, journal
 *   realtime     the guest's CLOCK_REALTIME; steps while time sync corrects it; provisioning events
 *   cloud        UTC stamps of the cloud's control plane
 */
import { type Us, us } from './units.ts';

export const CLOCKS = ['controller', 'monotonic', 'realtime', 'cloud'] as const;
export type Clock = (typeof CLOCKS)[number];

/** A moment on one clock: microseconds since that clock's zero, true within +-`errorUs`. */
export type Instant<C extends Clock = Clock> = { readonly clock: C; readonly us: Us; readonly errorUs: Us };

/** A length of time, true within +-`errorUs`. */
export type Elapsed = { readonly us: Us; readonly errorUs: Us };

export function instant<C extends Clock>(clock: C, atUs: number, errorUs = 0): Instant<C> {
  return { clock, us: us(atUs), errorUs: us(errorUs) };
}

/** Time between two instants of one clock; the errors add. Mixed clocks do not compile. */
export function elapsed<C extends Clock>(from: Instant<C>, to: Instant<NoInfer<C>>): Elapsed {
  return { us: us(to.us - from.us), errorUs: us(from.errorUs + to.errorUs) };
}

/** One reading of two clocks at one moment, known to +-`errorUs`. */
export type LinkReading = { readonly fromUs: Us; readonly toUs: Us; readonly errorUs: Us };

/**
 * How to translate instants of clock `From` to clock `To`: readings in the order they were taken. Between two readings the
 * clocks are taken to run alike but for a step, so a link with a reading before and after each step survives it.
 */
export type ClockLink<From extends Clock = Clock, To extends Clock = Clock> = {
  readonly from: From;
  readonly to: To;
  readonly readings: readonly LinkReading[];
};
