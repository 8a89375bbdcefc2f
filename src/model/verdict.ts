/** The words that describe a comparison: verdicts, gate results, and warnings. */
import * as z from 'zod';

/** From best to worst news. `inconclusive` is never "no change". */
export const VERDICTS = ['faster', 'equivalent', 'inconclusive', 'slower', 'broken'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Result of a gate. `unjudged`: the row is inconclusive, or the run permits no judgement; neither a pass nor a failure. */
export const GATE_RESULTS = ['passes', 'fails', 'unjudged'] as const;
export type GateResult = (typeof GATE_RESULTS)[number];

/** Result of the run for a build. `nothing-booted`: one side has no boot, so there is nothing to judge. */
export const RUN_RESULTS = [...GATE_RESULTS, 'nothing-booted'] as const;
export type RunResult = (typeof RUN_RESULTS)[number];

/** What a reader must know beside the figures. Codes are public and never change; texts are for people and may change. */
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
  // Of budgets and of a single variant.
  'budget-matches-nothing',
  'machines-averaged',
  'lost-boots',
] as const;
export const ComparisonWarning = z.strictObject({ code: z.enum(WARNING_CODES), text: z.string() });
export type ComparisonWarning = z.infer<typeof ComparisonWarning>;
