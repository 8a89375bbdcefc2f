/** Values of a scenario's keys: names, and texts with a unit, which become numbers in the program's one unit. */
import * as z from 'zod';
import { parseDuration, parseShare, parseSize, us } from './units.ts';

export const slug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'lower-case letters, digits and dashes, at most 40, e.g. mariner-kata');

/** A text with a unit; becomes a number in the program's one unit. */
function quantity(what: string, example: string, pattern: RegExp, parse: (text: string) => number | undefined) {
  return z
    .string()
    .regex(pattern, `a ${what} with its unit, e.g. ${example}`)
    .transform((text, context) => {
      const parsed = parse(text);
      // Beyond it, a double cannot tell whole numbers apart.
      const value = parsed !== undefined && parsed <= Number.MAX_SAFE_INTEGER ? parsed : undefined;
      if (value === undefined)
        context.addIssue({ code: 'custom', message: `a ${what} with its unit, e.g. ${example}` });
      return value ?? Number.NaN;
    });
}

export const duration = quantity(
  'duration',
  '500ms, 1.5s, 15m',
  /^(\d+(\.\d+)?(us|ms|min|s|m|h)\s*)+$/,
  parseDuration,
).transform(us);
export const share = quantity('share', '5%', /^\d+(\.\d+)?\s*%$/, parseShare);
export const webAddress = z.url({ protocol: /^https?$/, error: 'an address that begins with https:// or http://' });
export const size = quantity('size', '512M, 3G', /^\d+(\.\d+)?\s*[KMG](i?B)?$/, parseSize);
