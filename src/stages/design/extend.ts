/**
 * Adds blocks to a run: `--resume <run> --boots 40`. The seed stays, so its blocks are the first of the longer run.
 *
 * If a user may have seen the result, going on is another look at the same boots. The past looks and those to come form a schedule
 * (`statistics/planning/sequential.ts`) that spends alpha over all of them. The schedule is in run.json before the first further boot.
 */
import { ALPHA } from '../../model/alpha.ts';
import { usageError } from '../../model/errors.ts';
import type { Look, Run, Schedule } from '../../model/run.ts';
import type { Scenario } from '../../model/scenario.ts';
import { chanceOfAnyClaim, sequentialDesign } from '../../statistics/planning/sequential.ts';
import { blocksAtATime, looksAfter, planBlocks } from './blocks.ts';

/** As many as a scenario may ask for. */
const MOST_BLOCKS = 1000;

/** `seen`: bench derived the result, so a user may have read it. */
export function extendedRun(run: Run, scenario: Scenario, boots: number, seen: boolean): Run {
  refuseImpossible(run, boots);
  const blocks = planBlocks(withBlocks(scenario, boots), run.seed);
  if (JSON.stringify(blocks.slice(0, run.blocks.length)) !== JSON.stringify(run.blocks))
    throw usageError(
      `${run.id} was planned by ${run.tool}, which orders boots in another way: its blocks are not the first of a longer run.`,
      'Start a new run with the number of boots you want.',
    );
  const schedule = seen || run.schedule ? extendedSchedule(run, scenario, boots) : undefined;
  return { ...run, blocks, ...(schedule && { schedule }) };
}

/** The scenario with the blocks of the longer run: a provider estimates its time from it. */
export const withBlocks = (scenario: Scenario, blocks: number): Scenario => {
  const { precision } = scenario;
  return { ...scenario, blocks, ...(precision && { precision: { ...precision, looks: [blocks] } }) };
};

function refuseImpossible({ id, blocks, shard }: Run, boots: number): void {
  if (shard !== undefined)
    throw usageError(
      `${id} is a shard: --boots ${boots} would change the run that it is part of.`,
      'Merge the shards, or start a new run.',
    );
  if (boots < blocks.length)
    throw usageError(
      `${id} has ${blocks.length} blocks: --boots ${boots} would take some away.`,
      'Name more blocks than it has, or leave --boots out to complete the run.',
    );
  if (boots > MOST_BLOCKS) throw usageError(`--boots ${boots}: a run has at most ${MOST_BLOCKS} blocks.`);
}

function extendedSchedule({ schedule, blocks: { length: from } }: Run, scenario: Scenario, boots: number): Schedule {
  const taken = schedule?.looks.map((look) => look.blocks) ?? [from];
  const later = schedule?.detect === undefined ? [boots] : looksAfter(from, boots, blocksAtATime(scenario));
  const { looks } = sequentialDesign([...taken, ...later], ALPHA);
  const shown = schedule?.looks.map(({ blocks, z }) => ({ blocks, z })) ?? [{ blocks: from, z: PLAIN_Z }];
  const before = [...(schedule?.extended?.shown ?? []), ...shown.filter(({ blocks }) => !isShown(schedule, blocks))];
  return {
    ...(schedule?.detect !== undefined && { detect: schedule.detect }),
    looks: [...looks],
    extended: {
      from,
      shown: before,
      chance: chanceOfAnyClaim([...before, ...later.flatMap((at) => lookAt(looks, at))]),
    },
  };
}

const isShown = (schedule: Schedule | undefined, at: number): boolean =>
  schedule?.extended?.shown.some(({ blocks }) => blocks === at) ?? false;

const lookAt = (looks: readonly Look[], at: number): Look[] => looks.filter(({ blocks }) => blocks === at);

/** The threshold of a run with a fixed number of blocks: two-sided alpha as a z value. */
const PLAIN_Z = 1.959963984540054;
