/** What a plan needs to know of a cloud: whether it has room for the run, and what the run would cost. */
import type { AskWorld, Preflight } from '../../model/preflight.ts';
import type { Scenario } from '../../model/scenario.ts';
import { kindOf } from '../../providers/registry.ts';

export interface CloudPlan extends Preflight {
  readonly machineMinutes: number;
  /** US dollars for the machines alone; undefined without a price. */
  readonly usd?: number;
  /** The warnings that the run would give. */
  readonly cautions?: readonly string[];
}

/** Undefined if the provider has no service to ask. */
export async function cloudPlan(
  scenario: Scenario,
  boots: { readonly count: number; readonly atATime: number; readonly seconds: number },
  offline: boolean,
  world: AskWorld,
): Promise<CloudPlan | undefined> {
  const kind = kindOf(scenario);
  if (!kind.preflight) return undefined;
  const machineMinutes = Math.ceil((boots.count * boots.seconds) / 60);
  if (offline) return { machineMinutes, prospect: { kind: 'unknown', reason: '--offline' } };
  const preflight = await kind.preflight(scenario, boots.atATime, world);
  const cautions = (await kind.cautions?.(scenario, world)) ?? [];
  const { price } = preflight;
  return {
    ...preflight,
    machineMinutes,
    ...(price && { usd: (machineMinutes / 60) * price.usdPerHour }),
    ...(cautions.length > 0 && { cautions }),
  };
}
