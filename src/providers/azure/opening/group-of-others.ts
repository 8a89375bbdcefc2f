/** A scenario that names an existing group: whether bench can use the group, and which settings its cluster adds to the scenario. */
import { usageError } from '../../../model/errors.ts';
import type { Arm } from '../arm/connection.ts';
import { asIn, type Cluster, clusterOf } from '../cluster/node-pool.ts';
import { findGroup } from '../gc/group.ts';
import { TAG } from '../names.ts';
import type { AzureScenario } from '../scenario.ts';

export interface InItsGroup {
  readonly scenario: AzureScenario;
  readonly cluster?: Cluster;
}

/** Without an existing group, returns the scenario unchanged. Throws a usage error if bench cannot use the group. */
export async function inItsGroup(arm: Arm, scenario: AzureScenario, signal: AbortSignal): Promise<InItsGroup> {
  const { provider } = scenario;
  if (!provider.group?.name) return { scenario };
  await checkGroup(arm, provider.group.name, signal);
  const cluster = await clusterOf(arm, provider, signal);
  return { scenario: { ...scenario, provider: asIn(cluster, provider) }, ...(cluster && { cluster }) };
}

async function checkGroup(arm: Arm, group: string, signal: AbortSignal): Promise<void> {
  const found = await findGroup(arm, group, signal);
  if (found === undefined || found.properties.provisioningState === 'Deleting')
    throw usageError(
      `There is no resource group ${group} in subscription ${arm.subscription}.`,
      'Check provider.group.name, or leave provider.group out: a run then makes its own group.',
    );
  if (TAG.run in found.tags)
    throw usageError(
      `${group} was made by the run ${found.tags[TAG.run]} of bench, and goes with it.`,
      'Name a group of your own in provider.group.name.',
    );
}
