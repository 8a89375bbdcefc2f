/** Is this computer ready for a run, or the place where a scenario's machines are made, and what to do if not. Changes nothing. */
import type { Finding } from '../model/finding.ts';
import type { AskWorld } from '../model/preflight.ts';
import type { ComputerWorld } from '../model/provider-kind.ts';
import type { Scenario } from '../model/scenario.ts';
import { kindOf, providerKinds } from '../providers/registry.ts';
import { machinesAtATime } from './provider.ts';

/** Where a scenario's machines are made elsewhere, nothing is needed of this computer but Node: undefined where they are not. */
export const examinePlace = async (scenario: Scenario, world: AskWorld): Promise<Finding[] | undefined> =>
  kindOf(scenario).examine?.(scenario, machinesAtATime(scenario), world);

export async function examineComputer(world: ComputerWorld): Promise<Finding[]> {
  const found = await Promise.all(providerKinds().map((kind) => kind.examineComputer?.(world)));
  return found.flatMap((findings) => findings ?? []);
}
