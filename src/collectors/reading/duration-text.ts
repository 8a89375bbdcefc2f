/**
 * Durations as systemd prints them: `1min 2.244s`, `2h 38min 513ms`, `115us`. Parts come in falling order of size, each unit
 * once, which distinguishes `1min 4s` from two durations on one line. Older tools join or space the parts differently, so we
 * allow blanks between parts, but not between a number and its unit.
 */
import { type Us, us } from '../../model/units.ts';

export interface DurationText {
  readonly us: Us;
  /** One unit of the last printed digit; without a finer unit, systemd's accuracy (1 ms). */
  readonly errorUs: Us;
  /** Index in the text after the last part. */
  readonly end: number;
}

const UNITS: readonly (readonly [name: string, us: number])[] = [
  ['y', 31_557_600e6],
  ['month', 2_629_800e6],
  ['w', 604_800e6],
  ['d', 86_400e6],
  ['h', 3_600e6],
  ['min', 60e6],
  ['s', 1e6],
  ['ms', 1e3],
  ['us', 1],
  ['µs', 1],
  ['μs', 1],
];

const PART = /(\d{1,20})(?:\.(\d{1,6}))?(month|min|ms|us|[µμ]s|[ywdhs])(?![a-z])/y;
const BLANKS = /[ \t]{0,8}/y;

/** The longest duration that starts at `from`; undefined if there is none. */
export function durationAt(text: string, from: number): DurationText | undefined {
  let duration: DurationText | undefined;
  let rank = -1;
  for (let at = from; ; ) {
    PART.lastIndex = at;
    const [part, whole = '', fraction = '', name] = PART.exec(text) ?? [];
    const partRank = UNITS.findIndex(([unit]) => unit === name);
    const unitUs = UNITS[partRank]?.[1];
    if (part === undefined || unitUs === undefined || partRank <= rank) return duration;
    rank = partRank;
    const partUs = Number(fraction === '' ? whole : `${whole}.${fraction}`) * unitUs;
    duration = {
      // A sum of decimals: digits below the nanosecond are floating-point noise.
      us: us(Math.round(((duration?.us ?? 0) + partUs) * 1000) / 1000),
      // "1min" may mean 60.0009 s: systemd truncates to milliseconds and omits zero parts.
      errorUs: fraction === '' ? us(Math.min(unitUs, 1_000)) : us(unitUs / 10 ** fraction.length),
      end: at + part.length,
    };
    BLANKS.lastIndex = duration.end;
    BLANKS.test(text);
    at = BLANKS.lastIndex;
  }
}

/** The whole text as one duration. */
export function readDuration(text: string): DurationText | undefined {
  const trimmed = text.trim();
  const duration = durationAt(trimmed, 0);
  return duration?.end === trimmed.length ? duration : undefined;
}

/** No step of a boot takes longer: a clock jumped. */
export const PLAUSIBLE_US = 86_400e6;

/** Longer than any clock runs: a negative difference printed as unsigned, `584542y 2w 2d 20h 1min 49.551s`. */
export const isWrapped = (us: Us): boolean => us > 1e18;
