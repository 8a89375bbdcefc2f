/**
 * Pairs of readings of the guest's two clocks. Every journal line has one, and the collection reads one more; without a
 * journal, systemd's unit properties have both clocks. Time sync disciplines CLOCK_REALTIME and CLOCK_MONOTONIC alike
 * (adjtimex adjusts both), so their difference is constant except for steps. A step occurs when a user sets the clock or the
 * machine suspends. The link is therefore a list of stretches of one difference each.
 *
 *   realtime - monotonic
 *        |                        x  x x xx x x x      <- after the step (30 min back is drawn the other way round)
 *        |   x xx x  x x  x xx                 o       o: journald was preempted between reading the two clocks of this
 *        +----------------------------------------       line; a single line is no step
 *                         monotonic
 */
import type { ClockLink, LinkReading } from '../model/clock.ts';
import { type Us, us } from '../model/units.ts';
import type { JournalLine } from './journal-lines.ts';
import { addAll, type Parsing, warn } from './parsed.ts';
import { lineOf, linesOf } from './reading/lines.ts';
import { microseconds, showBlocks, wallClock } from './systemd-show.ts';
import { MANAGER_PATH, UNITS_PATH } from './systemd-units.ts';

export const CLOCK_PATH = 'clock/guest.txt';

/**
 * A shell can read CLOCK_MONOTONIC to the nanosecond only from the kernel's list of timers ("now at N nsecs"). A wall clock
 * reading between two such readings gives a link with a known error. On kernels without the list we read /proc/uptime
 * (10 ms, includes suspended time).
 */
export const CLOCK_COMMAND = [
  'monotonic() { while read -r a b c d; do if [ "$a $b" = "now at" ]; then echo "$1=$c"; return; fi; done </proc/timer_list 2>/dev/null; }',
  'monotonic monotonic_before_ns',
  'date "+realtime_ns=%s%N%nzone=%z"',
  'monotonic monotonic_after_ns',
  'read -r up rest </proc/uptime && echo "uptime_s=$up"',
].join('; ');

/** Differences further apart than this belong to different stretches. Preemption between two readings is rarely longer. */
const STEP_US = 1_000;

/** A clock with more steps than this in one boot is out of order; later events get no place. */
const MAX_STEPS = 50;

/** All readings of a boot as one link; each step becomes a warning. */
export function readClocks(raw: ReadonlyMap<string, Uint8Array>, lines: readonly JournalLine[], into: Parsing): void {
  const readings: RawReading[] = lines.map((line) => ({
    fromUs: line.realtimeUs,
    toUs: line.monotonicUs,
    errorUs: us(0),
    line: line.line,
    path: line.path,
  }));
  const bracket = readBracket(raw, into);
  if (bracket !== undefined) readings.push(bracket);
  if (lines.length === 0) {
    addAll(readings, shownReadings(raw));
    sayUnwitnessed(readings, into);
  }
  readings.sort((a, b) => a.toUs - b.toUs);
  const stretches = stretchesOf(readings).slice(0, MAX_STEPS + 1);
  for (const [index, stretch] of stretches.entries()) {
    const previous = stretches[index - 1];
    if (previous !== undefined) sayStep(previous, stretch, into);
  }
  if (stretches.length > 0) into.links.push(linkOf(stretches));
}

interface RawReading {
  readonly fromUs: Us;
  readonly toUs: Us;
  readonly errorUs: Us;
  readonly line: number;
  readonly path: string;
}

const differenceOf = (reading: RawReading): number => reading.fromUs - reading.toUs;

function readBracket(raw: ReadonlyMap<string, Uint8Array>, into: Parsing): RawReading | undefined {
  const values = new Map<string, { text: string; line: number }>();
  for (const { text, number } of linesOf(raw.get(CLOCK_PATH))) {
    const [, key, value] = /^(\w+)=(\S+)$/.exec(text.trim()) ?? [];
    if (key !== undefined && value !== undefined) values.set(key, { text: value, line: number });
  }
  const zone = values.get('zone')?.text;
  if (zone !== undefined && /^[+-]\d{4}$/.test(zone)) into.facts['clock.zone'] = zone;
  const micros = (key: string, perUs: Us): number | undefined => {
    const text = values.get(key)?.text;
    const value = text !== undefined && /^\d{1,20}(?:\.\d{1,9})?$/.test(text) ? Number(text) / perUs : Number.NaN;
    return Number.isFinite(value) && value <= Number.MAX_SAFE_INTEGER ? value : undefined;
  };
  const realtime = micros('realtime_ns', us(1000));
  const line = values.get('realtime_ns')?.line ?? 0;
  const before = micros('monotonic_before_ns', us(1000));
  const after = micros('monotonic_after_ns', us(1000));
  const uptime = micros('uptime_s', us(1e-6));
  if (realtime === undefined) return undefined;
  if (before !== undefined && after !== undefined && after >= before)
    return {
      fromUs: us(Math.round(realtime)),
      toUs: us(Math.round((before + after) / 2)),
      errorUs: us(Math.ceil((after - before) / 2) + 1),
      line,
      path: CLOCK_PATH,
    };
  // The command reads it right after the wall clock, in steps of 10 ms: good enough without a journal.
  if (uptime === undefined) return undefined;
  return {
    fromUs: us(Math.round(realtime)),
    toUs: us(Math.round(uptime)),
    errorUs: us(50_000),
    line,
    path: CLOCK_PATH,
  };
}

/**
 * Without a journal: systemd stamps each unit event on both clocks. If a user printed all properties, each pair is a reading.
 * systemctl truncates the wall clock to seconds by default, so one pair is good to half a second; see `estimate` for many.
 */
function shownReadings(raw: ReadonlyMap<string, Uint8Array>): RawReading[] {
  return [MANAGER_PATH, UNITS_PATH].flatMap((path) =>
    [...showBlocks(raw.get(path))].flatMap((block) =>
      [...block.properties.keys()].flatMap((key): RawReading[] => {
        if (!key.endsWith('TimestampMonotonic') || /^(?:Firmware|Loader)/.test(key)) return [];
        const [wall, monotonic] = [wallClock(block, key), microseconds(block, key)];
        // The kernel's start is at 0 on the monotonic clock; for all other stamps 0 means "never".
        const toUs = monotonic.kind === 'time' ? monotonic.us : key.startsWith('Kernel') ? 0 : undefined;
        if (wall === undefined || toUs === undefined) return [];
        const halfUs = wall.errorUs / 2;
        return [{ fromUs: us(wall.us + halfUs), toUs: us(toUs), errorUs: us(halfUs), line: wall.line, path }];
      }),
    ),
  );
}

/** Warns of the limits of a link without a journal. */
function sayUnwitnessed(readings: readonly RawReading[], into: Parsing): void {
  const last = readings.reduce<RawReading | undefined>(
    (a, b) => (a === undefined || b.toUs > a.toUs ? b : a),
    undefined,
  );
  if (last === undefined) return;
  const seconds = (last.toUs / 1e6).toFixed(3);
  const message =
    readings.length === 1
      ? `without a journal, the guest's clocks were read together only once, ${seconds} s after kernel start: an earlier clock step would shift all times before it, unnoticed`
      : `there is no journal; ${readings.length} readings up to ${seconds} s after kernel start link the guest's clocks: the time of a clock step between two of them is uncertain, and a step that was reversed in between would go unnoticed`;
  warn(into, 'clock-unwitnessed', message, lineOf(last.path, last.line));
}

/** Readings in order of the monotonic clock, split where the difference changes permanently. */
function stretchesOf(readings: readonly RawReading[]): RawReading[][] {
  const stretches: RawReading[][] = [];
  let current: RawReading[] = [];
  for (const [index, reading] of readings.entries()) {
    const last = current.at(-1);
    if (last === undefined || alike(last, reading)) {
      current.push(reading);
      continue;
    }
    const next = readings[index + 1];
    // If the readings before and after agree, preemption delayed this one: no clock steps there and back in between.
    if (next !== undefined && alike(last, next)) continue;
    stretches.push(current);
    current = [reading];
  }
  if (current.length > 0) stretches.push(current);
  return stretches;
}

const alike = (a: RawReading, b: RawReading): boolean =>
  Math.abs(differenceOf(b) - differenceOf(a)) <= STEP_US + a.errorUs + b.errorUs;

/** The first and last reading of each stretch, at the stretch's own difference. */
function linkOf(stretches: readonly RawReading[][]): ClockLink<'realtime', 'monotonic'> {
  const readings = stretches.flatMap((stretch): LinkReading[] => {
    const [first, last] = [stretch[0], stretch.at(-1)];
    if (first === undefined || last === undefined) return [];
    const { differenceUs, errorUs } = estimate(stretch);
    const at = (toUs: Us): LinkReading => ({
      fromUs: us(toUs + differenceUs),
      toUs,
      errorUs,
    });
    return first.toUs === last.toUs ? [at(first.toUs)] : [at(first.toUs), at(last.toUs)];
  });
  return { from: 'realtime', to: 'monotonic', readings };
}

/** The smallest distance between two consecutive clock readings: one call each, on a guest with a slow clock source. */
const BETWEEN_READINGS_US = 20;

/** Readings with a larger error come from whole seconds. */
const COARSE_US = 100_000;

function estimate(stretch: readonly RawReading[]): { differenceUs: Us; errorUs: Us } {
  const finest = stretch.reduce((least, { errorUs }) => Math.min(least, errorUs), Infinity);
  return finest > COARSE_US ? common(stretch) : largest(stretch.filter(({ errorUs }) => errorUs === finest));
}

/**
 * journald reads the wall clock first (sd-event's cached stamps), and any delay in between makes the difference too small.
 * So the largest difference is the most accurate. The distance of most others from it estimates its own error.
 */
function largest(stretch: readonly RawReading[]): { differenceUs: Us; errorUs: Us } {
  const differences = stretch.map(differenceOf).sort((a, b) => a - b);
  const differenceUs = differences.at(-1) ?? 0;
  const median = differences[differences.length >> 1] ?? differenceUs;
  return {
    differenceUs: us(differenceUs),
    errorUs: us(Math.max(stretch[0]?.errorUs ?? 0, BETWEEN_READINGS_US, differenceUs - median)),
  };
}

/**
 * Each reading bounds the difference by its own error. The result is the intersection of all bounds: about a hundredth of a
 * second for a hundred stamps of whole seconds. If the intersection is empty, the clock slewed or made a small step, and the
 * result covers all readings.
 */
function common(stretch: readonly RawReading[]): { differenceUs: Us; errorUs: Us } {
  let [low, high, least, most] = [-Infinity, Infinity, Infinity, -Infinity];
  for (const reading of stretch) {
    const [from, to] = [differenceOf(reading) - reading.errorUs, differenceOf(reading) + reading.errorUs];
    [low, high] = [Math.max(low, from), Math.min(high, to)];
    [least, most] = [Math.min(least, from), Math.max(most, to)];
  }
  if (low > high) [low, high] = [least, most];
  return {
    differenceUs: us(Math.round((low + high) / 2)),
    errorUs: us(Math.ceil((high - low) / 2) + BETWEEN_READINGS_US),
  };
}

function sayStep(before: readonly RawReading[], after: readonly RawReading[], into: Parsing): void {
  const [last, first] = [before.at(-1), after[0]];
  if (last === undefined || first === undefined) return;
  const step = estimate(after).differenceUs - estimate(before).differenceUs;
  const seconds = (Math.abs(step) / 1e6).toFixed(3);
  warn(
    into,
    'clock-step',
    `the guest's clock stepped ${step > 0 ? 'forward' : 'back'} by ${seconds} s between ${(last.toUs / 1e6).toFixed(3)} s and ${(first.toUs / 1e6).toFixed(3)} s after kernel start; bench converts times before and after it separately`,
    lineOf(first.path, first.line),
  );
}
