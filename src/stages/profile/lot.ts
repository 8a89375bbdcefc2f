/**
 * The next boots of a profile. A profile comes lot by lot, and an interruption may have ended it anywhere. A boot's trial identifies it,
 * not its number, since the boots so far decide which trials come next.
 */
import type { BootIdentity, Outcome } from '../../model/boot.ts';
import { seededRandom, shuffled } from '../../model/random.ts';
import type { PlannedBlock } from '../../model/run.ts';
import type { Trial } from '../../model/trial.ts';

export interface LotDesign {
  readonly variant: string;
  readonly bootKind: BootIdentity['bootKind'];
  /** The run's seed: that of a block follows from it, so boots of all lots share it. */
  readonly seed: number;
  /** Boots of each trial, a block each. */
  readonly times: number;
  /** Limit for the whole profile. */
  readonly mostBoots: number;
}

export interface Lot {
  readonly blocks: readonly PlannedBlock[];
  readonly trials: ReadonlyMap<string, Trial>;
  /** Trials over the limit. */
  readonly leftOut: readonly Trial[];
}

/** `before`: all boots of the profile that have an outcome. */
export function lotOf(wanted: readonly Trial[], before: readonly Outcome[], design: LotDesign): Lot {
  const blockNumbers = Array.from({ length: design.times }, (_, index) => index + 1);
  const done = new Set(before.flatMap(({ boot, trial }) => (trial ? [keyOf(trial, boot.block)] : [])));
  const trials = new Map<string, Trial>();
  const boots: BootIdentity[] = [];
  const leftOut: Trial[] = [];
  let number = Math.max(0, ...before.map(({ boot }) => Number.parseInt(boot.id, 10)));
  for (const trial of wanted) {
    const missing = blockNumbers.filter((block) => !done.has(keyOf(trial, block)));
    if (before.length + boots.length + missing.length > design.mostBoots) {
      leftOut.push(trial);
      continue;
    }
    for (const block of missing) {
      number += 1;
      done.add(keyOf(trial, block));
      const id = bootId(number, design.variant);
      trials.set(id, trial);
      boots.push({ id, variant: design.variant, block, machine: `m${number}`, bootKind: design.bootKind });
    }
  }
  const blocks = blockNumbers.map((block): PlannedBlock => {
    const random = seededRandom(design.seed + block - 1);
    const seed = random.below(2 ** 31);
    return {
      block,
      seed,
      boots: shuffled(
        boots.filter((boot) => boot.block === block),
        random,
      ),
    };
  });
  return { blocks: blocks.filter((block) => block.boots.length > 0), trials, leftOut };
}

/** A cloud requests the boots of a block together, so a block may have no more boots than machines that run at a time. */
export const inParts = (blocks: readonly PlannedBlock[], size: number): PlannedBlock[] =>
  blocks.flatMap((block) =>
    Array.from({ length: Math.ceil(block.boots.length / size) }, (_, part) => ({
      ...block,
      boots: block.boots.slice(part * size, (part + 1) * size),
    })),
  );

export const bootId = (number: number, variant: string): string => `${String(number).padStart(4, '0')}-${variant}`;

const keyOf = ({ purpose, interventions }: Trial, block: number | null): string =>
  JSON.stringify([purpose, interventions, block]);
