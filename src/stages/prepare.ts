/** Makes this computer ready for a scenario before anything is measured. */
import type { PrepareWorld } from '../model/provider-kind.ts';
import type { Scenario } from '../model/scenario.ts';
import { kindOf } from '../providers/registry.ts';

export async function prepareComputer(scenario: Scenario, world: PrepareWorld): Promise<void> {
  await kindOf(scenario).prepare?.(scenario, world);
}
