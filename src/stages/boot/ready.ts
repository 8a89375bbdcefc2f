/**
 * Decides when to read a machine that does not report the end of its boot: once it meets the scenario's condition and has no more systemd
 * jobs. A cloud's own report comes too early: its extension ends when kubelet starts.
 */
import { NODE_READY_COMMAND } from '../../collectors/kubelet.ts';
import type { Scenario } from '../../model/scenario.ts';
import { quote } from '../../model/shell-program.ts';
import { type Ms, msFromUs } from '../../model/units.ts';
import { kindOf } from '../../providers/registry.ts';

export interface ReadyWait {
  /** Counted from the request for the machine. */
  readonly withinMs: Ms;
  /** Shell command that succeeds when the machine is ready; without one, bench waits only for the end of systemd's jobs. */
  readonly command?: string;
}

/** Undefined if the provider's machines report the end of their boot. */
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
