/**
 * Clocks are types. Four clocks meet in a boot. Code never subtracts instants of different clocks: it first translates them
 * by a link (two clocks read at one moment), whose error travels with the value.
 *
 *   controller   monotonic clock of the machine that runs bench; outside events
 *   monotonic    the guest's CLOCK_MONOTONIC, zero at kernel start; units, journal
 *   realtime     the guest's CLOCK_REALTIME; steps while time sync corrects it; provisioning events
 *   cloud        UTC stamps of the cloud's control plane
 */
import { type Us, us } from './units.ts';

export const CLOCKS = ['controller', 'monotonic', 'realtime', 'cloud'] as const;
export type Clock = (typeof CLOCKS)[number];

/** A moment on one clock: microseconds since that clock's zero, accurate to +-`errorUs`. */
export type Instant<C extends Clock = Clock> = { readonly clock: C; readonly us: Us; readonly errorUs: Us };

/** A length of time, accurate to +-`errorUs`. */
export type Elapsed = { readonly us: Us; readonly errorUs: Us };

/** From plain numbers of microseconds. */
export function instant<C extends Clock>(clock: C, at: number, error = 0): Instant<C> {
  return { clock, us: us(at), errorUs: us(error) };
}

/** `never` where `C` may be any of several clocks. */
type OneOf<C, Each = C> = C extends Each ? ([Each] extends [C] ? C : never) : never;

/** Time between two instants of one clock; the errors add. Instants of mixed or unknown clocks do not compile. */
export function elapsed<C extends Clock>(
  from: Instant<C> & ([OneOf<C>] extends [never] ? never : unknown),
  to: Instant<NoInfer<C>>,
): Elapsed {
  return { us: us(to.us - from.us), errorUs: us(from.errorUs + to.errorUs) };
}

/** The same for clocks read from a file: undefined when they differ. */
export function elapsedOnOneClock(from: Instant, to: Instant): Elapsed | undefined {
  if (from.clock !== to.clock) return undefined;
  // Any clock serves a difference, as long as both instants use the same one.
  return elapsed(from as Instant<'monotonic'>, to as Instant<'monotonic'>);
}

/** One reading of two clocks at one moment, accurate to +-`errorUs`. */
export type LinkReading = { readonly fromUs: Us; readonly toUs: Us; readonly errorUs: Us };

/**
 * Translates instants of clock `From` to clock `To`: readings in the order we took them. Between two readings we assume that
 * the clocks run alike except for a step. So a link with a reading before and after each step survives it.
 */
export type ClockLink<From extends Clock = Clock, To extends Clock = Clock> = {
  readonly from: From;
  readonly to: To;
  readonly readings: readonly LinkReading[];
};

/** If the difference of two readings changed by more than this, they lie on either side of a step. */
const STEP_US = 1_000;

/** A link ends when we read the machine; files written during the reading still belong to this boot. */
const READING_LASTS_US = 60_000_000;

/** Readings between which the two clocks ran alike, and the part of the `to` clock on which they may have. */
type Stretch = {
  readonly readings: readonly LinkReading[];
  /** For each reading, the latest `fromUs` of it and all before it: sorted, so that we can search them. */
  readonly latestUs: Float64Array;
  readonly firstUs: Us;
  readonly lastUs: Us;
};

/** Where on the `to` clock a translated instant may lie, by other knowledge (it ends after it started). */
export type Bounds = { readonly notBeforeUs?: Us; readonly notAfterUs?: Us };

/**
 * Translates instants by a link; the errors add. A clock that someone set back shows some times twice:
 *
 *   from |        /|      /        a time in this band has two places on the `to` clock. `bounds` may rule one out; else the
 *        |       / |    /          answer is the middle of them with an error that covers both.
 *        |      /  |  /
 *        |         |/              A clock that someone set forward never showed some times, and an instant may belong to
 *        +-------------- to        another boot: both translate to undefined.
 */
export function translator<From extends Clock, To extends Clock>(
  link: ClockLink<From, To>,
): (at: Instant<NoInfer<From>>, bounds?: Bounds) => Instant<To> | undefined {
  const stretches = stretchesOf(link.readings);
  return (at, bounds = {}) => {
    const places = stretches.flatMap((stretch) => placeOn(stretch, at) ?? []);
    const possible = places.filter(
      ({ us: toUs, errorUs }) =>
        toUs + errorUs >= (bounds.notBeforeUs ?? -Infinity) && toUs - errorUs <= (bounds.notAfterUs ?? Infinity),
    );
    return covering(link.to, possible.length > 0 ? possible : places);
  };
}

function stretchesOf(readings: readonly LinkReading[]): Stretch[] {
  const ordered = [...readings].sort((a, b) => a.toUs - b.toUs);
  const groups: LinkReading[][] = [];
  for (const reading of ordered) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    const change = last === undefined ? 0 : differenceOf(reading) - differenceOf(last);
    if (group === undefined || last === undefined || Math.abs(change) > STEP_US + last.errorUs + reading.errorUs)
      groups.push([reading]);
    else group.push(reading);
  }
  return groups.map((group, index) => ({
    readings: group,
    latestUs: runningMaximum(group.map(({ fromUs }) => fromUs)),
    // Nobody saw the step itself: either side may reach up to the other's nearest reading.
    firstUs: groups[index - 1]?.at(-1)?.toUs ?? us(0),
    lastUs: groups[index + 1]?.[0]?.toUs ?? us((group.at(-1)?.toUs ?? 0) + READING_LASTS_US),
  }));
}

function runningMaximum(values: readonly number[]): Float64Array {
  let most = -Infinity;
  return Float64Array.from(values, (value) => {
    most = Math.max(most, value);
    return most;
  });
}

/** Index of the first value at or above `value`; -1 if all are below. */
function firstNotBelow(ordered: Float64Array, value: number): number {
  let [low, high] = [0, ordered.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ordered[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low === ordered.length ? -1 : low;
}

const differenceOf = (reading: LinkReading): number => reading.fromUs - reading.toUs;

/** Where an instant lies if it belongs to this stretch; undefined if it cannot. */
function placeOn(stretch: Stretch, at: Instant): { us: Us; errorUs: Us } | undefined {
  const { readings, latestUs } = stretch;
  const next = Math.max(1, firstNotBelow(latestUs, at.us));
  const a = readings[Math.min(next, readings.length) - 1];
  const b = readings[next] ?? a;
  if (a === undefined || b === undefined) return undefined;
  const drift = differenceOf(b) - differenceOf(a);
  const share = b.toUs === a.toUs ? 0 : Math.min(1, Math.max(0, (at.us - a.fromUs) / (b.fromUs - a.fromUs)));
  const toUs = Math.round(at.us - (differenceOf(a) + drift * share));
  const errorUs = at.errorUs + Math.max(a.errorUs, b.errorUs) + Math.ceil(Math.abs(drift));
  const possible = toUs + errorUs >= stretch.firstUs && toUs - errorUs <= stretch.lastUs;
  return possible ? { us: us(toUs), errorUs: us(errorUs) } : undefined;
}

/** One instant whose error covers all the places; undefined when there are none. */
function covering<C extends Clock>(
  clock: C,
  places: readonly { readonly us: Us; readonly errorUs: Us }[],
): Instant<C> | undefined {
  const [first, ...others] = places;
  if (first === undefined) return undefined;
  if (others.length === 0) return instant(clock, first.us, first.errorUs);
  const low = Math.min(...places.map((place) => place.us - place.errorUs));
  const high = Math.max(...places.map((place) => place.us + place.errorUs));
  return instant(clock, Math.round((low + high) / 2), Math.ceil((high - low) / 2));
}
