/** What a scenario expects of every boot, as declared. `src/metrics/expectations.ts` checks it. */
import * as z from 'zod';
import { slug } from './scenario-values.ts';

const UnitGlob = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^\s/]+\.[a-z*?]+$/, "a unit's name, in which * stands for anything, e.g. fwupd-refresh.service");

const FailedUnits = z.union(
  [
    z.int().nonnegative(),
    z.strictObject({
      atMost: z.int().nonnegative().default(0).describe('At most this many failed units.'),
      except: z
        .array(UnitGlob)
        .max(100)
        .default([])
        .describe('Units that may fail; * and ? stand for parts of a name.'),
    }),
  ],
  'a number of units, or {atMost: 0, except: [fwupd-refresh.service]}',
);

export const Expectation = z
  .strictObject({
    unit: z.string().optional(),
    is: z.enum(['active', 'inactive', 'failed']).optional(),
    inImage: z.enum(['enabled', 'disabled', 'masked', 'static']).optional(),
    restarts: z.int().nonnegative().optional().describe('At most this many restarts of the unit.'),
    failedUnits: FailedUnits.optional().describe('At most this many failed units, except those that may fail.'),
    task: z.string().optional().describe('A provisioning step.'),
    startsAfter: z.string().optional().describe('An event or step that must come first.'),
    startsBefore: z.string().optional().describe('An event or step that must come later.'),
    exitCode: z.int().optional().describe('Exit code of provisioning.'),
    marker: z.string().optional().describe('A marker of this scenario that must appear.'),
    file: z.string().startsWith('/').optional(),
    mode: z
      .string()
      .regex(/^[0-7]{3,4}$/, 'an octal mode in quotes, e.g. "0755"')
      .optional(),
    owner: z.string().optional(),
    of: slug.optional().describe('Apply it only to boots of this variant.'),
  })
  .refine(
    (e) => ['unit', 'failedUnits', 'task', 'exitCode', 'marker', 'file'].filter((key) => key in e).length === 1,
    'give exactly one subject: unit, failedUnits, task, exitCode, marker or file',
  );
export type Expectation = z.output<typeof Expectation>;
