/**
 * Turns boots into the values that a test may use: from the boots that count, one value per block (or per machine), and the blocks
 * with both sides.
 *
 * A failed boot has no value, and the tests exclude a broken boot's value; `failed-boots.ts` counts both, and reports show these
 * counts first. A test never mixes first boots and reboots. Several boots of one variant in one block, or reboots of one machine, are
 * not independent: their average on the log scale is one value.
 */

import type { SampleBoot, Samples } from '../model/samples.ts';
import type { Us } from '../model/units.ts';

export interface VariantBoots {
  readonly variant: string;
  /** Booted, of the compared kind, no expectation broken. */
  readonly usable: readonly SampleBoot[];
  readonly broken: readonly SampleBoot[];
  readonly failed: readonly SampleBoot[];
  readonly all: readonly SampleBoot[];
}

export interface Observation {
  readonly block: number | null;
  readonly machine: string;
  readonly us: Us;
  readonly errorUs: Us;
}

export type Arrangement =
  | {
      readonly kind: 'blocked';
      readonly blocks: readonly number[];
      readonly before: Float64Array;
      readonly after: Float64Array;
    }
  | { readonly kind: 'unblocked'; readonly before: Float64Array; readonly after: Float64Array };

/** The compared boot kind: that of the baseline's first boot. The comparison excludes boots of another kind, with a warning. */
export function comparedKind(samples: Samples): SampleBoot['bootKind'] {
  return samples.boots.find((boot) => boot.variant === samples.baseline)?.bootKind ?? 'first';
}

export function bootsOf(samples: Samples, variant: string): VariantBoots {
  const kind = comparedKind(samples);
  const all = samples.boots.filter((boot) => boot.variant === variant && boot.bootKind === kind);
  const booted = all.filter((boot) => boot.outcome === 'booted');
  return {
    variant,
    all,
    usable: booted.filter((boot) => boot.broken.length === 0),
    broken: booted.filter((boot) => boot.broken.length > 0),
    failed: all.filter((boot) => boot.outcome === 'failed'),
  };
}

/** 31 years. A longer value is no boot time, and its ratios and squares would leave the range of a double. */
export const MOST_US = 1e15;

/** All measured values of a metric. */
export function observationsOf(boots: VariantBoots, metric: string): Observation[] {
  const found: Observation[] = [];
  for (const boot of boots.usable) {
    const value = Object.hasOwn(boot.values, metric) ? boot.values[metric] : undefined;
    if (value !== undefined && 'us' in value && Math.abs(value.us) <= MOST_US)
      found.push({
        block: boot.block,
        machine: boot.bootKind === 'reboot' ? boot.machine : '',
        us: value.us,
        errorUs: value.errorUs,
      });
  }
  return found;
}

/** Blocked if any boot of either side has a block; boots without a block then have no partner and don't count. */
export function arrange(before: readonly Observation[], after: readonly Observation[], blocked: boolean): Arrangement {
  if (!blocked) return { kind: 'unblocked', before: perMachine(before), after: perMachine(after) };
  const beforeByBlock = averages(before, (observation) => observation.block);
  const afterByBlock = averages(after, (observation) => observation.block);
  const blocks = [...beforeByBlock.keys()].filter((block) => afterByBlock.has(block)).sort((a, b) => a - b);
  const column = (side: ReadonlyMap<number, number>) => Float64Array.from(blocks, (block) => side.get(block) ?? 0);
  return { kind: 'blocked', blocks, before: column(beforeByBlock), after: column(afterByBlock) };
}

/** One value per machine, for the description of one variant. */
export const machineValues = (observations: readonly Observation[]): number[] => [...perMachine(observations)];

function perMachine(observations: readonly Observation[]): Float64Array {
  const named = averages(observations, (observation) => observation.machine || null);
  const alone = observations.filter((observation) => observation.machine === '').map((observation) => observation.us);
  return Float64Array.from([...named.values(), ...alone]);
}

function averages<K>(observations: readonly Observation[], keyOf: (o: Observation) => K | null): Map<K, number> {
  const groups = new Map<K, number[]>();
  for (const observation of observations) {
    const key = keyOf(observation);
    if (key === null) continue;
    const group = groups.get(key);
    if (group) group.push(observation.us);
    else groups.set(key, [observation.us]);
  }
  return new Map([...groups].map(([key, values]) => [key, logAverage(values)]));
}

/** Geometric mean; the arithmetic mean if any value is not above 0. */
function logAverage(values: readonly number[]): number {
  const [first = 0] = values;
  if (values.every((value) => value === first)) return first;
  if (values.some((value) => value <= 0)) return values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
