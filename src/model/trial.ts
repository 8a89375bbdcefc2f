/** One thing that is done to a boot, or several at once: what a profile learns from. */
import * as z from 'zod';
import { UsSchema } from './timeline.ts';

/**
 * sleep, spin: the item starts later by `us`, idle or at work. skip: a step is left out. defer: it comes when all else is over. mask: a
 * unit is left out. inert, wrap: the means of an intervention without its effect, for the noise: a drop-in that says nothing, steps wrapped for nothing.
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

/** In `outcome.json`: why this boot was made. */
export const Trial = z.strictObject({
  purpose: z.enum(PURPOSES),
  /** Words of the caller, e.g. `skip: setContainerdUlimits`. */
  label: z.string(),
  interventions: z.array(Intervention),
});
export type Trial = z.output<typeof Trial>;

export const unitOfItem = (item: string): string | undefined => /^unit:(.+)$/.exec(item)?.[1];
export const taskOfItem = (item: string): string | undefined => /^task:(.+)$/.exec(item)?.[1];
