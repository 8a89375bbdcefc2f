/** The words that describe a comparison: verdicts, what a gate makes of them, and warnings. */
import * as z from 'zod';

/** From best to worst news. `inconclusive` is never "no change". */
export const VERDICTS = ['faster', 'equivalent', 'inconclusive', 'slower', 'broken'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** What a gate makes of a row. `unjudged`: inconclusive, or nothing of the run may be judged; no pass and no failure. */
export const GATE_RESULTS = ['passes', 'fails', 'unjudged'] as const;
export type GateResult = (typeof GATE_RESULTS)[number];

/** What the run means to a build. `nothing-booted`: there is no boot on one of the sides, so there is nothing to judge. */
export const RUN_RESULTS = [...GATE_RESULTS, 'nothing-booted'] as const;
export type RunResult = (typeof RUN_RESULTS)[number];

/** What a reader must know beside the figures. Codes are public and stay; texts are for people and may change. */
export const WARNING_CODES = [
  // Of the run.
  'nothing-booted',
  'most-failed',
  'samples',
  'broken',
  'control-moved',
  'control-untested',
  'boots-failed',
  'baseline-broken',
  'no-machine',
  'machines-asked-again',
  'throttled',
  'other-boot-kind',
  'same-boot-twice',
  'variant-not-compared',
  'outside-blocks',
  'no-boot',
  'no-gate',
  // Of a row.
  'definition-moved',
  'within-margin',
  'below-minimum',
  'significant-alone',
  'nothing-to-compare',
  'missing-values',
  'incomplete-blocks',
  'not-interleaved',
  'too-few',
  'identical',
  'no-ratio',
  'outlier',
  'several-modes',
  'below-clock-error',
  'cost-shifted',
  // Of budgets and of a variant by itself.
  'budget-matches-nothing',
  'machines-averaged',
  'lost-boots',
] as const;
export const ComparisonWarning = z.strictObject({ code: z.enum(WARNING_CODES), text: z.string() });
export type ComparisonWarning = z.infer<typeof ComparisonWarning>;
