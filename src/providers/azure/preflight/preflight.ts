/** What a run would find in its subscription, and what its machines would cost: for a plan, which makes nothing. */
import { BenchError } from '../../../model/errors.ts';
import type { AskWorld, Preflight, Prospect } from '../../../model/preflight.ts';
import { ms } from '../../../model/units.ts';
import { timeLimit } from '../../../net/time-limit.ts';
import { connect, serverTime } from '../account/subscription.ts';
import type { Arm } from '../arm/connection.ts';
import { asWorldError } from '../arm/failure.ts';
import { checkForeignSubnet } from '../network/foreign-subnet.ts';
import { sourceOf } from '../network/network.ts';
import { pinAll } from '../opening/check.ts';
import { inItsGroup } from '../opening/group-of-others.ts';
import type { AzureScenario } from '../scenario.ts';
import { firstPrice } from './prices.ts';
import { checkPlacements } from './sizes.ts';

/** Enough for signing in and three lists; bench does not wait longer for a subscription. */
const ASK_WITHIN_MS = 30_000;

/** `machines` is how many run at a time. */
export async function preflight(scenario: AzureScenario, machines: number, world: AskWorld): Promise<Preflight> {
  const [prospect, price] = await Promise.all([
    prospectOf(scenario, machines, world),
    firstPrice(scenario.provider, world, world.signal),
  ]);
  return { prospect, ...(price && { price }) };
}

/** Whether the run would get as far as its first machine. */
export async function prospectOf(asWritten: AzureScenario, machines: number, world: AskWorld): Promise<Prospect> {
  const late = timeLimit(ms(ASK_WITHIN_MS));
  const signal = AbortSignal.any([world.signal, late]);
  const said = (what: string, cause: unknown): BenchError => {
    world.signal.throwIfAborted();
    if (late.aborted) return new BenchError('world', `Azure did not answer within ${ASK_WITHIN_MS / 1000} s.`);
    return asWorldError(what, cause);
  };
  let arm: Arm;
  try {
    arm = await connect(asWritten.provider, { ...world, folder: world.scenarioFolder });
    await serverTime(arm, signal);
  } catch (cause) {
    const { message, hint = '' } = said('The subscription cannot be used', cause);
    return { kind: 'unknown', reason: `${message} ${hint}`.trim() };
  }
  try {
    const { scenario } = await inItsGroup(arm, asWritten, signal);
    const images = await pinAll(scenario, arm, signal);
    const { quota, dropped } = await checkPlacements(arm, scenario.provider, [...images.values()], machines, signal);
    const { subnet, reach } = scenario.provider;
    if (subnet !== undefined && reach.kind !== 'run-command')
      await checkForeignSubnet(arm, { subnet }, await sourceOf({ reach }, world.environment, signal), () => {}, signal);
    const exact = Object.fromEntries([...images].map(([variant, image]) => [variant, image.exact]));
    return { kind: 'ready', images: exact, quota, dropped };
  } catch (cause) {
    const error = said('Images, sizes and quota could not be checked', cause);
    return late.aborted ? { kind: 'unknown', reason: error.message } : { kind: 'refused', error };
  }
}
