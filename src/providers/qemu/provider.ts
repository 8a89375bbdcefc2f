/**
 * The local lab: virtual machines under QEMU on this computer. `timing: virtual` repeats a boot to the microsecond; `timing:
 * wall` takes real time, and so needs a quiet computer and many blocks. Settings say where they stand what was measured.
 */
import type { Provider } from '../../model/provider.ts';
import type { QemuScenario } from '../../model/scenario.ts';
import { openFleet } from './fleet.ts';

export function qemuProvider(scenario: QemuScenario): Provider {
  return { id: 'qemu', open: (run) => openFleet(scenario, run) };
}
