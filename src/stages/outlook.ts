/** What a plan needs of the cloud: whether it would hold the run, and what that would cost. */
import type { RunContext } from '../model/provider.ts';
import { isAzure, type Scenario } from '../model/scenario.ts';
import type { Outlook } from '../providers/azure/outlook.ts';

export interface CloudPlan extends Outlook {
  readonly machineMinutes: number;
  /** US dollars for the machines alone; undefined where there is no price. */
  readonly usd?: number;
}

/** Undefined where no cloud is asked: the provider has none, or it shall not be. */
export async function cloudPlan(
  scenario: Scenario,
  boots: { readonly count: number; readonly atATime: number; readonly seconds: number },
  offline: boolean,
  world: Pick<RunContext, 'environment' | 'scenarioFolder' | 'cacheFolder' | 'timer' | 'signal'> & {
    readonly nowIso: string;
  },
): Promise<CloudPlan | undefined> {
  if (!isAzure(scenario)) return undefined;
  const machineMinutes = Math.ceil((boots.count * boots.seconds) / 60);
  if (offline) return { machineMinutes, prospect: { kind: 'unknown', reason: '--offline' } };
  const { outlookOf } = await import('../providers/azure/outlook.ts');
  const outlook = await outlookOf(scenario, boots.atATime, world);
  const { price } = outlook;
  return { ...outlook, machineMinutes, ...(price && { usd: (machineMinutes / 60) * price.usdPerHour }) };
}
