/** What a scenario's provider reports about its runs. */
import { usageError } from '../model/errors.ts';
import type { Provider } from '../model/provider.ts';
import type { ImageWorld, PrepareWorld } from '../model/provider-kind.ts';
import type { Scenario } from '../model/scenario.ts';
import { kindOf } from '../providers/registry.ts';

export const providerOf = (scenario: Scenario): Provider => ({ open: (run) => kindOf(scenario).open(scenario, run) });

export const machinesAtATime = (scenario: Scenario): number => kindOf(scenario).estimate(scenario).machinesAtATime;

/** Whether the same seed gives the same boots, to the microsecond. */
export const bootsRepeat = (scenario: Scenario): boolean => kindOf(scenario).repeats?.(scenario) ?? false;

/** Seconds of one boot, until bench has timed boots. */
export const secondsPerBoot = (scenario: Scenario): number => kindOf(scenario).estimate(scenario).secondsPerBoot;

/** Minutes to build the images that are not in the cache yet; 0 if there is nothing to build. */
export const imageMinutes = async (scenario: Scenario, world: ImageWorld): Promise<number> =>
  (await kindOf(scenario).localImages?.minutes(scenario, world)) ?? 0;

/** Builds a scenario's images on this computer: disk by variant. */
export function imageBuilder(scenario: Scenario): (world: ImageWorld) => Promise<ReadonlyMap<string, string>> {
  const { kind, localImages } = kindOf(scenario);
  if (!localImages) throw usageError(`${scenario.name} has no local images: its provider is ${kind}.`);
  return (world) => localImages.build(scenario, world);
}

/** Makes this computer ready for a scenario before bench measures anything. */
export async function prepareComputer(scenario: Scenario, world: PrepareWorld): Promise<void> {
  await kindOf(scenario).prepare?.(scenario, world);
}
