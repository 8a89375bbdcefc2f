/**
 * Numbers as people read them: with a unit and only as many digits as their uncertainty supports. One metric has the same
 * digits in every place.
 *
 * A metric's scale comes from the half-width of its difference's interval: one digit of it, two if it starts with less than
 * 3.55, as the Particle Data Group rounds. It is never finer than the clock error of its samples.
 */
import type { Interval, MetricComparison, TimeInterval } from '../model/comparison.ts';
import { type Us, us } from '../model/units.ts';

export interface Scale {
  readonly unit: 'µs' | 'ms' | 's';
  readonly usPerUnit: number;
  readonly decimals: number;
}

const MINUS = '\u2212';

/** A size of 1 to 3 digits; thousands with a comma; a true minus. Never "-0". */
export function fixed(value: number, decimals: number): string {
  // toLocaleString would do the same, a hundred times slower.
  const [whole = '', part] = Math.abs(value).toFixed(decimals).split('.');
  const grouped = whole.length > 3 ? whole.replace(/\B(?=(?:\d{3})+$)/g, ',') : whole;
  const text = part === undefined ? grouped : `${grouped}.${part}`;
  return value < 0 && /[1-9]/.test(text) ? MINUS + text : text;
}

export const signed = (value: number, decimals: number): string => {
  const text = fixed(value, decimals);
  return text.startsWith(MINUS) ? text : `+${text}`;
};

const UNITS = [
  { unit: 's', usPerUnit: 1_000_000 },
  { unit: 'ms', usPerUnit: 1_000 },
  { unit: 'µs', usPerUnit: 1 },
] as const;

/** Decimals that show `uncertainty` with one digit, or two if it starts with less than 3.55. */
function decimalsFor(uncertainty: number): number {
  const exponent = Math.floor(Math.log10(uncertainty));
  const lead = uncertainty / 10 ** exponent;
  return -exponent + (lead < 3.55 ? 1 : 0);
}

/**
 * Scale for values around `sizeUs` with an uncertainty of +-`halfWidthUs` (0: unknown) and a clock error of +-`errorUs`. If the
 * uncertainty is unknown, the scale has three significant digits.
 */
export function scaleOf(sizeUs: Us, halfWidthUs: Us, errorUs = 0): Scale {
  const size = Math.abs(sizeUs);
  const { unit, usPerUnit } = UNITS.find((candidate) => size >= candidate.usPerUnit) ?? UNITS[2];
  const inUnits = size / usPerUnit;
  const threeFigures = inUnits >= 1 ? 2 - Math.floor(Math.log10(inUnits)) : 2;
  let decimals = halfWidthUs > 0 ? decimalsFor(halfWidthUs / usPerUnit) : threeFigures;
  if (errorUs > 0) decimals = Math.min(decimals, Math.floor(-Math.log10((errorUs * 2) / usPerUnit) + 1));
  const finest = unit === 'µs' ? 0 : 3;
  return { unit, usPerUnit, decimals: Math.max(0, Math.min(decimals, finest)) };
}

function halfWidth(interval: Interval): number {
  const { estimate, low, high } = interval;
  if (low !== null && high !== null) return (high - low) / 2;
  if (estimate === null) return 0;
  return low === null ? (high === null ? 0 : high - estimate) : estimate - low;
}

/** One scale for all figures of a metric, for every candidate. */
export function scaleOfRows(rows: readonly MetricComparison[], errorUs = 0): Scale {
  const sizes = rows.flatMap((row) => [row.before.medianUs, row.after.medianUs]).filter((size) => size !== null);
  const widths = rows.map((row) => halfWidth(row.differenceUs)).filter((width) => width > 0);
  const spreads = rows.flatMap((row) => [row.before.madUs, row.after.madUs]).filter((mad) => mad !== null && mad > 0);
  const uncertainty = widths.length > 0 ? Math.min(...widths) : Math.min(...(spreads as number[]), Number.MAX_VALUE);
  return scaleOf(us(Math.max(0, ...sizes)), uncertainty === Number.MAX_VALUE ? us(0) : us(uncertainty), errorUs);
}

/** The smallest time that does not round to zero. */
export const leastShown = (scale: Scale): number => (scale.usPerUnit * 10 ** -scale.decimals) / 2;

/** `41.2 s`; a dash if there is none. */
export const time = (us: Us | null | undefined, scale: Scale): string =>
  us === null || us === undefined ? '–' : `${fixed(us / scale.usPerUnit, scale.decimals)} ${scale.unit}`;

/** `+1.9 s` */
export const change = (us: Us | null | undefined, scale: Scale): string =>
  us === null || us === undefined ? '–' : `${signed(us / scale.usPerUnit, scale.decimals)} ${scale.unit}`;

/** A time on its own, without a metric's scale: three significant digits. */
export const loose = (length: Us): string => time(length, scaleOf(length, us(0)));

/** Decimals for a ratio in percent. */
export function percentDecimals(ratio: Interval | null): number {
  if (ratio === null) return 1;
  const width = halfWidth(ratio) * 100;
  return width > 0 ? Math.max(0, Math.min(decimalsFor(width), 2)) : 1;
}

/** `+4.6 %` from 1.046. */
export const percentChange = (ratio: number | null | undefined, decimals: number): string =>
  ratio === null || ratio === undefined ? '–' : `${signed((ratio - 1) * 100, decimals)} %`;

/** `4.6 %` from .046. */
export const percent = (share: number, decimals: number): string => `${fixed(share * 100, decimals)} %`;

/** A share as a scenario writes it: `5 %`, `0.5 %`. */
export const share = (value: number): string => `${String(Math.round(value * 10_000) / 100)} %`;

/** `−0.3 to +0.5 s`; mentions a missing bound. */
export function changeInterval(interval: TimeInterval, scale: Scale): string {
  const text = (us: Us | null) => (us === null ? 'unbounded' : signed(us / scale.usPerUnit, scale.decimals));
  if (interval.low === null && interval.high === null) return 'unbounded';
  return `${text(interval.low)} to ${text(interval.high)} ${scale.unit}`;
}

export function percentInterval(ratio: Interval, decimals: number): string {
  const text = (bound: number | null) => (bound === null ? 'unbounded' : signed((bound - 1) * 100, decimals));
  if (ratio.low === null && ratio.high === null) return 'unbounded';
  return `${text(ratio.low)} to ${text(ratio.high)} %`;
}

/** Two significant digits; smaller values become "<.0001". */
export function probability(p: number | null): string {
  if (p === null) return '–';
  if (p < 0.0001) return '< 0.0001';
  return p >= 0.995 ? '1.0' : p.toPrecision(2).replace(/^(\d\.\d)$/, '$1');
}

export const count = (n: number, one: string, many = `${one}s`): string =>
  `${n.toLocaleString('en-US')} ${n === 1 ? one : many}`;

/** `8, 12 and 16 blocks`, and long runs of even steps as `every block from 6 to 20`, `every 2 blocks from 6 to 20`. */
export function lookWords(looks: readonly number[]): string {
  const [first = 0, second = 0] = looks;
  const step = second - first;
  const isEven = looks.length > 3 && looks.every((blocks, i) => i === 0 || blocks - (looks[i - 1] ?? 0) === step);
  if (isEven) return `every ${step === 1 ? 'block' : `${step} blocks`} from ${first} to ${looks.at(-1)}`;
  const last = looks.length > 1 ? ` and ${looks.at(-1)}` : '';
  return `${looks.slice(0, Math.max(1, looks.length - 1)).join(', ')}${last} blocks`;
}
