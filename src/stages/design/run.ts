/** From a scenario to the design of its run: the content of `run.json` before the first machine, except for the provider's facts. */
import type { Run } from '../../model/run.ts';
import type { Scenario } from '../../model/scenario.ts';
import type { World } from '../../model/world.ts';
import type { LoadedScenario } from '../../store/scenario-file.ts';
import { bootsRepeat } from '../provider.ts';
import { planBlocks, planSchedule } from './blocks.ts';
import type { DesignOptions } from './load.ts';

export type DesignedRun = Omit<Run, 'facts'>;

export function designedRun(
  loaded: LoadedScenario,
  options: Pick<DesignOptions, 'scenario' | 'seed' | 'aa' | 'history'>,
  { now, version }: Pick<World, 'now' | 'version'>,
): DesignedRun {
  const createdAt = now();
  const seed = options.seed ?? defaultSeed(loaded, options, createdAt);
  return designRun(loaded.scenario, {
    id: `${loaded.scenario.name}-${stampOf(createdAt)}-${seed.toString(36)}`,
    tool: `bench ${version}`,
    createdAt,
    scenario: loaded.document,
    scenarioSha256: loaded.sha256,
    ...(options.scenario !== undefined && { scenarioFile: options.scenario }),
    seed,
    ...(options.aa && { aa: true }),
  });
}

/** Boots that repeat come from the cache, so runs share one seed unless a user sets another. */
const USUAL_SEED = 1;

/** Evidence that must be independent of earlier results (a history, an A/A run) takes its seed from the time. */
function defaultSeed(
  { scenario }: LoadedScenario,
  { history, aa }: Pick<DesignOptions, 'history' | 'aa'>,
  createdAt: string,
): number {
  if (history === undefined && !aa && bootsRepeat(scenario)) return USUAL_SEED;
  return Math.floor(Date.parse(createdAt) / 1000) % 2 ** 31;
}

/** `20260701-120000`, as in the name of a folder. */
export const stampOf = (at: string): string => at.replaceAll(/[-:]|Z$/g, '').replace('T', '-');

export function designRun(
  scenario: Scenario,
  facts: Omit<DesignedRun, 'schema' | 'blocks' | 'schedule' | 'shard' | 'spent'>,
): DesignedRun {
  const schedule = planSchedule(scenario);
  return { schema: 'bench/run@1', ...facts, blocks: planBlocks(scenario, facts.seed), ...(schedule && { schedule }) };
}
