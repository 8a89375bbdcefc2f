/** From a scenario's provider to the code that makes its machines. Loaded when needed: cloud SDKs are heavy. */

import { usageError } from '../model/errors.ts';
import type { Provider, RunContext } from '../model/provider.ts';
import { isAzure, isQemu, type Scenario } from '../model/scenario.ts';

export async function providerOf(scenario: Scenario): Promise<Provider> {
  if (isQemu(scenario)) return (await import('../providers/qemu/provider.ts')).qemuProvider(scenario);
  if (isAzure(scenario)) return (await import('../providers/azure/provider.ts')).azureProvider(scenario);
  throw usageError('This version of bench runs no scenarios with such a provider.');
}

/** Blocks at a time in Azure where the scenario does not say. */
const AZURE_BLOCKS = 5;

/**
 * Machines at a time. Where the scenario does not say: virtual clocks do not disturb one another, real ones do. In a cloud a
 * block is asked for as a whole, so the scenario counts blocks there.
 */
export function machinesAtATime(scenario: Scenario): number {
  if (isAzure(scenario)) return (scenario.concurrency ?? AZURE_BLOCKS) * Object.keys(scenario.variants).length;
  return scenario.concurrency ?? (isQemu(scenario) && scenario.provider.timing === 'wall' ? 1 : 2);
}

/** Seconds of one boot for an estimate, measured on two cores: virtual time, plain emulation, KVM; a cloud machine. */
export function secondsPerBoot(scenario: Scenario): number {
  if (!isQemu(scenario)) return 240;
  const { timing, accel } = scenario.provider;
  return timing === 'virtual' ? 50 : accel === 'kvm' ? 10 : 35;
}

/** Minutes that building the images takes which are not in the cache yet; 0 where nothing is built. */
export async function imageMinutes(
  scenario: Scenario,
  place: Pick<RunContext, 'cacheFolder' | 'scenarioFolder' | 'environment' | 'timer' | 'progress' | 'signal'>,
): Promise<number> {
  if (!isQemu(scenario)) return 0;
  return (await import('../providers/qemu/images.ts')).estimateImageMinutes(scenario, place);
}
