/** `profile.json`: how a delay of each part of a boot affects its end, by experiment. It compares nothing and gates nothing. */
import * as z from 'zod';
import { UsSchema } from './timeline.ts';
import { ACTIONS, Intervention } from './trial.ts';

/** A difference to the boots without an intervention, with its interval. Negative is sooner. */
const Shift = z.strictObject({ estimate: UsSchema, low: UsSchema, high: UsSchema });
export type Shift = z.output<typeof Shift>;

const Ratio = z.strictObject({ estimate: z.number(), low: z.number(), high: z.number() });

/** The boots without an intervention, or with one that does nothing. */
export const NullBand = z.strictObject({
  metric: z.string(),
  boots: z.int().nonnegative(),
  meanUs: UsSchema,
  sdUs: UsSchema,
  /** Largest minus smallest. */
  spreadUs: UsSchema,
  /** Noise alone may shift one boot by this much. */
  bandUs: UsSchema,
});
export type NullBand = z.output<typeof NullBand>;

/** A length of path that another trial has and the baseline lacks (`us` > 0), or the reverse. */
const PathChange = z.strictObject({ item: z.string(), us: UsSchema, during: z.string().optional() });
export type PathChange = z.output<typeof PathChange>;

export const EFFECTS = ['arrives', 'partly', 'absorbed', 'in-the-way'] as const;

/** What a dose did at one gate. */
export const GateEffect = z.strictObject({
  metric: z.string(),
  effect: z.enum(EFFECTS),
  shift: Shift,
  /** Share of the delivered delay that reached the gate. */
  share: Ratio,
  /** How much later the item may start at no cost. `atLeast`: the boot absorbed the whole dose, so the slack may be larger. */
  slack: z.strictObject({ us: UsSchema, atLeast: z.boolean() }).optional(),
  onPathUs: UsSchema,
  /** Only the lock that it holds puts it on the path; ordering alone does not. */
  onPathByLock: z.boolean().optional(),
  /** Slack by the baseline's own record: 0 on the path; absent if no deciding item is known to wait for this one. */
  pathSlackUs: UsSchema.optional(),
  /** Whether the path predicts the result of the experiment. */
  agrees: z.boolean(),
  absorbedBy: z.array(PathChange),
  arrivesThrough: z.array(PathChange),
});
export type GateEffect = z.output<typeof GateEffect>;

export const Dose = z.strictObject({
  action: z.enum(ACTIONS),
  boots: z.array(z.string()),
  plannedUs: UsSchema,
  /** By the item's own stamps, over all its starts; the mean of its boots. */
  deliveredUs: UsSchema,
  times: z.int().nonnegative(),
  outcome: z.enum(['measured', 'not-delivered', 'broken', 'failed']),
  /** Why there are no effects. */
  message: z.string().optional(),
  gates: z.array(GateEffect),
});
export type Dose = z.output<typeof Dose>;

export const ProfileItem = z.strictObject({
  item: z.string(),
  /** When it began and ended in the baseline; absent where it did not run. */
  startUs: UsSchema.optional(),
  lengthUs: UsSchema.optional(),
  doses: z.array(Dose),
});
export type ProfileItem = z.output<typeof ProfileItem>;

const GateShift = z.strictObject({ metric: z.string(), shift: Shift, beyondNoise: z.boolean() });
export type GateShift = z.output<typeof GateShift>;

export const ProfileGroup = z.strictObject({
  boots: z.array(z.string()),
  items: z.array(z.string()),
  /** The sum, as delivered. */
  deliveredUs: UsSchema,
  notDelivered: z.array(z.string()),
  outcome: Dose.shape.outcome,
  message: z.string().optional(),
  gates: z.array(GateShift),
});
export type ProfileGroup = z.output<typeof ProfileGroup>;

/** If an item decides the gate, at least this share of its delay reaches it. */
const DECIDES = 0.8;

/** A group shifts a gate by the sum of its items' shares. If that is less than one item's delay, none decides: other work moved. */
export const noneDecides = ({ deliveredUs, items }: ProfileGroup, { shift, beyondNoise }: GateShift): boolean =>
  !beyondNoise || Math.abs(shift.estimate) < (DECIDES * deliveredUs) / items.length;

export const ProfileWhatIf = z.strictObject({
  label: z.string(),
  interventions: z.array(Intervention),
  boots: z.array(z.string()),
  outcome: Dose.shape.outcome,
  message: z.string().optional(),
  broken: z.array(z.string()),
  gates: z.array(GateShift),
});
export type ProfileWhatIf = z.output<typeof ProfileWhatIf>;

/** An intervention that made the headline metric sooner, beyond the noise and with every expectation held. */
const Opportunity = z.strictObject({ label: z.string(), shift: Shift, boots: z.array(z.string()) });
export type Opportunity = z.output<typeof Opportunity>;

export const Profile = z.strictObject({
  schema: z.literal('bench/profile@1'),
  scenario: z.string(),
  variant: z.string(),
  seed: z.int().nonnegative(),
  tool: z.string(),
  run: z.string(),
  timing: z.string(),
  /** The metric that ranks opportunities. */
  headline: z.string(),
  boots: z.strictObject({ made: z.int(), cached: z.int(), failed: z.int(), broken: z.int() }),
  nulls: z.array(NullBand),
  items: z.array(ProfileItem),
  groups: z.array(ProfileGroup),
  whatIfs: z.array(ProfileWhatIf),
  opportunities: z.array(Opportunity),
  /** Items measured at the headline, and how many of them show the same result by path and by experiment. */
  agreement: z.strictObject({ items: z.int(), agree: z.int() }),
  warnings: z.array(z.string()),
});
export type Profile = z.output<typeof Profile>;
