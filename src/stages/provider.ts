/** From a scenario's provider to the code that makes its machines. Loaded when needed: cloud SDKs are heavy. */
import type { Provider } from '../model/provider.ts';
import type { Scenario } from '../model/scenario.ts';

export async function providerOf(scenario: Scenario): Promise<Provider> {
  const { kind } = scenario.provider;
  switch (kind) {
    case 'qemu':
      return (await import('../providers/qemu/provider.ts')).qemuProvider(scenario);
    default:
      return kind satisfies never;
  }
}

/** Machines at a time where the scenario does not say: virtual clocks do not disturb one another, real ones do. */
export function defaultConcurrency(scenario: Scenario): number {
  return scenario.provider.timing === 'virtual' ? 2 : 1;
}
