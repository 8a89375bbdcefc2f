/** An intervention on a boot, or several at once: a profile learns from them. */
import * as z from 'zod';
import { UsSchema } from './timeline.ts';

/**
 * sleep, spin: the item starts later by `us`, idle or busy. skip: omits a step. defer: runs it after everything else. mask: omits a
 * unit. inert, wrap: the means of an intervention without its effect, to measure noise: an empty drop-in, steps in an idle wrapper.
 */
export const ACTIONS = ['sleep', 'spin', 'skip', 'defer', 'mask', 'inert', 'wrap'] as const;

export const Intervention = z.strictObject({
  action: z.enum(ACTIONS),
  /** `unit:<name>` or `task:<name>`, as critical paths name them. */
  item: z.string(),
  us: UsSchema.optional(),
});
export type Intervention = z.output<typeof Intervention>;

export const PURPOSES = ['null', 'group', 'dose', 'what-if'] as const;

/** In `outcome.json`: the reason for this boot. */
export const Trial = z.strictObject({
  purpose: z.enum(PURPOSES),
  /** The caller's words, e.g. `skip: setContainerdUlimits`. */
  label: z.string(),
  interventions: z.array(Intervention),
});
export type Trial = z.output<typeof Trial>;

export const unitOfItem = (item: string): string | undefined => /^unit:(.+)$/.exec(item)?.[1];
export const taskOfItem = (item: string): string | undefined => /^task:(.+)$/.exec(item)?.[1];
