/** What a plan needs of the place where machines are paid for: whether it would hold the run, and what that would cost. */
import type { AskWorld, Preflight } from '../../model/preflight.ts';
import type { Scenario } from '../../model/scenario.ts';
import { kindOf } from '../../providers/registry.ts';

export interface CloudPlan extends Preflight {
  readonly machineMinutes: number;
  /** US dollars for the machines alone; undefined where there is no price. */
  readonly usd?: number;
  /** What the run would warn of. */
  readonly cautions?: readonly string[];
}

/** Undefined where the provider has no service to ask. */
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
