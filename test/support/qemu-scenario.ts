/** Scenarios of the local lab, typed for tests with the provider's own variants and options. */
import type { Scenario } from '../../src/model/scenario.ts';
import { QemuScenario } from '../../src/providers/qemu/scenario.ts';

export function qemuScenario(scenario: Scenario): QemuScenario {
  if (isQemu(scenario)) return scenario;
  throw new Error(`${scenario.name} is no scenario of qemu`);
}

const isQemu = (scenario: Scenario): scenario is QemuScenario =>
  scenario.provider.kind === QemuScenario.shape.provider.shape.kind.value;
