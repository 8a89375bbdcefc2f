/**
 * Units of time and share. The only duration inside the program is the microsecond (`Us`); milliseconds (`Ms`) are for
 * timeouts and display. Both are branded, so that a bare number, or one for the other, does not compile.
 */

declare const unit: unique symbol;

/** A duration in microseconds. May be negative (a difference) and may have a fraction (an average). */
export type Us = number & { readonly [unit]: 'us' };

/** A duration in milliseconds, for timeouts and display. */
export type Ms = number & { readonly [unit]: 'ms' };

export const us = (value: number): Us => value as Us;
export const usOrNull = (value: number | null): Us | null => (value === null ? null : us(value));
export const ms = (value: number): Ms => value as Ms;

export const msFromUs = (value: Us): Ms => ms(value / 1000);

const US_PER: Readonly<Record<string, number>> = {
  us: 1,
  ms: 1_000,
  s: 1_000_000,
  m: 60_000_000,
  min: 60_000_000,
  h: 3_600_000_000,
};

/** Reads a duration with its unit (`500ms`, `1.5s`, `15m`, `1h30m`). Undefined when it is not one. */
export function parseDuration(text: string): Us | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:us|ms|min|s|m|h)\s*)+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, name] of text.matchAll(/(\d+(?:\.\d+)?)(us|ms|min|s|m|h)/g)) {
    total += Number(amount) * (US_PER[name ?? ''] ?? Number.NaN);
  }
  return us(total);
}

/** Reads a share with its unit (`5%` is .05). Undefined when it is not one. */
export function parseShare(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*%$/.exec(text);
  return match ? Number(match[1]) / 100 : undefined;
}

/** `2.3 %` from .0234: `figures` significant digits, without trailing zeros. */
export const percentOf = (share: number, figures: number): string => `${Number((share * 100).toPrecision(figures))} %`;

/** `95 %` from .95. */
export const wholePercent = (share: number): string => `${Math.round(share * 100)} %`;

const BYTES_PER: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** Reads a size in binary units (`512M`, `3G`). Undefined when it is not one. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([KMG])(?:i?B)?$/.exec(text);
  return match ? Math.round(Number(match[1]) * (BYTES_PER[match[2] ?? ''] ?? Number.NaN)) : undefined;
}
