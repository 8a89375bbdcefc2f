/**
 * Azure: one virtual machine per boot, each with its own disk, interface and address, in a resource group that goes with the
 * run. Facts of the control plane: design notes at the top of each file here. Not for scale sets: they hide what one machine
 * took.
 */
import type { Provider } from '../../model/provider.ts';
import type { AzureScenario } from '../../model/scenario.ts';
import { openFleet } from './fleet.ts';

export function azureProvider(scenario: AzureScenario): Provider {
  return { id: 'azure', open: (run) => openFleet(scenario, run) };
}
