/**
 * When a machine may be read that does not say by itself that its boot is over: once it is what the scenario waits for, and
 * systemd has no more jobs. A cloud's own word comes too early: its extension ends as soon as kubelet is started.
 */
import { NODE_READY_COMMAND } from '../../collectors/kubelet.ts';
import type { Scenario } from '../../model/scenario.ts';
import { quote } from '../../model/shell-program.ts';
import { type Ms, msFromUs } from '../../model/units.ts';
import { kindOf } from '../../providers/registry.ts';

export interface ReadyWait {
  /** From the request for the machine on. */
  readonly withinMs: Ms;
  /** Shell command that ends well when the machine is ready; without one the end of systemd's jobs is all there is to wait for. */
  readonly command?: string;
}

/** Undefined where the provider's machines tell when their boot is over. */
export function readyWait(scenario: Scenario): ReadyWait | undefined {
  if (kindOf(scenario).capabilities.readiness === 'told') return undefined;
  const { within, file, metric } = scenario.ready;
  const command =
    file !== undefined
      ? `until [ -e ${quote(file)} ]; do sleep 0.5; done`
      : metric === 'node.ready'
        ? NODE_READY_COMMAND
        : undefined;
  return { withinMs: msFromUs(within), ...(command !== undefined && { command }) };
}
