/**
 * The design of a run: blocks of one machine per variant, booted once or rebooted several times, in random order inside the block.
 * Everything random comes from the run's seed, so `run.json` alone reproduces the plan.
 */
import { ALPHA } from '../../model/alpha.ts';
import { seededRandom, shuffled } from '../../model/random.ts';
import type { PlannedBlock, Schedule } from '../../model/run.ts';
import { bootsPerMachine, FIRST_LOOK, MOST_LOOKS, mostBlocks, type Scenario } from '../../model/scenario.ts';
import { kindOf } from '../../providers/registry.ts';
import { sequentialDesign } from '../../statistics/planning/sequential.ts';
import { machinesAtATime } from '../provider.ts';

/** Seeds of blocks fit in 31 bits, as QEMU's `-seed` and most else takes them. */
const SEED_LIMIT = 2 ** 31;

export function planBlocks(scenario: Scenario, seed: number): PlannedBlock[] {
  const random = seededRandom(seed);
  const variants = Object.keys(scenario.variants);
  let machines = 0;
  let boots = 0;
  const count = variants.length < 2 ? scenario.blocks : mostBlocks(scenario);
  return Array.from({ length: count }, (_, index) => ({
    block: index + 1,
    seed: random.below(SEED_LIMIT),
    boots: shuffled(variants, random).flatMap((variant) => {
      machines += 1;
      const machine = `m${machines}`;
      return Array.from({ length: bootsPerMachine(scenario) }, () => {
        boots += 1;
        const id = `${String(boots).padStart(4, '0')}-${variant}`;
        return { id, variant, block: index + 1, machine, bootKind: scenario.boot };
      });
    }),
  }));
}

/**
 * When the run looks and at which levels. Undefined for a run of a fixed number of blocks, and for one variant, which has no verdict to
 * wait for.
 */
export function planSchedule(scenario: Scenario): Schedule | undefined {
  const { precision, variants } = scenario;
  if (!precision || Object.keys(variants).length < 2) return undefined;
  const { looks } = sequentialDesign(
    precision.looks ?? looksUpTo(mostBlocks(scenario), blocksAtATime(scenario)),
    ALPHA,
  );
  return { detect: precision.detect, looks: [...looks] };
}

/**
 * If blocks boot one after another: every block, from the first that the run may look at to the last. If several boot at a time: whenever
 * they are over. Very long runs look at every second block, or every third.
 */
export function looksUpTo(last: number, atATime: number): number[] {
  const step = atATime * Math.ceil((last - FIRST_LOOK) / atATime / (MOST_LOOKS - 1) || 1);
  return evenly(step * Math.ceil(FIRST_LOOK / step), last, step);
}

/** The looks of a run that continues after `from` blocks, which were its last. */
export const looksAfter = (from: number, last: number, atATime: number): number[] =>
  evenly(from + atATime, last, atATime);

function evenly(first: number, last: number, step: number): number[] {
  const count = Math.max(0, Math.ceil((last - first) / step));
  return [...Array.from({ length: count }, (_, i) => first + i * step), last];
}

/** Blocks whose machines run at the same time. */
export function blocksAtATime(scenario: Scenario): number {
  const machines = machinesAtATime(scenario);
  const { blocksInTurn } = kindOf(scenario).capabilities;
  return Math.max(1, blocksInTurn ? machines : Math.floor(machines / Object.keys(scenario.variants).length));
}
